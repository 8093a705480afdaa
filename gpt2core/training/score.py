"""How well a model predicts a text: the surprise at each token, in nats, and what follows from it."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gpt2core.config import GPTConfig
from gpt2core.counting.footprint import prefill_bytes
from gpt2core.engine.job import Checkpoint
from gpt2core.errors import ConfigError
from gpt2core.model.gpt import GPT
from gpt2core.model.tokenizer import N_BYTES, TextStream, Tokenizer

_LOGIT_BYTES = (
    2**24
)  # of the float32 logits that are there at a time; what is made of them is as much again
# What a token leaves besides: its id, its surprise and its piece as Python's own objects.
_KEPT_BYTES = 200


@dataclass(frozen=True)
class Score:
    """What came of a text. Its first token is read and not predicted: it and its bytes are counted nowhere
    but in `tokens` and `pieces`."""

    tokens: tuple[int, ...]
    pieces: tuple[str, ...]  # a token each, together the text; '' where a token ends within a character
    surprisals: tuple[float, ...]  # -ln of the probability, in nats; for each token but the first
    n_right: int  # tokens that the model held for the likeliest
    n_bytes: int  # of the predicted tokens, in UTF-8

    @cached_property
    def nats(self) -> float:
        """Of all predicted tokens together."""
        return math.fsum(self.surprisals)

    @property
    def loss(self) -> float:
        """Mean surprise, in nats a token: the cross-entropy that training lowers."""
        return self.nats / len(self.surprisals)

    @property
    def bits_per_byte(self) -> float:
        """Comparable between vocabularies, unlike what is counted by the token."""
        return self.nats / math.log(2) / self.n_bytes

    @property
    def perplexity(self) -> float:
        """exp(loss), infinite where that is more than a float holds."""
        try:
            return math.exp(self.loss)
        except OverflowError:
            return math.inf

    @property
    def accuracy(self) -> float:
        """Share of the predicted tokens that the model held for the likeliest."""
        return self.n_right / len(self.surprisals)


def score(model: GPT, text: str) -> Score:
    """How well `model` predicts `text`; see `score_in_steps`."""
    steps = score_in_steps(model, text)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: Score = done.value
            return found


@torch.inference_mode()
def score_in_steps(
    model: GPT, text: str, checkpoint: Checkpoint = lambda: None
) -> Generator[float, None, Score]:
    """As `score`; yields the share of the text that is done, 0 to 1, after each window, and calls
    `checkpoint` between any two parts of the work.

    A text longer than the context is read in windows of block_size that do not overlap: what one window
    predicts last, the next one reads first. So each token but the first is predicted once, those at the
    start of a window from little context. Probabilities are softmax's over the whole vocabulary, of logits
    in float32. Raises ConfigError for a vocabulary without bytes and a text of less than two tokens.
    """
    tokens, pieces, n_bytes = _cut(text, model.config.vocab_size)
    window, last = model.config.block_size, len(tokens) - 1
    surprisals: list[float] = []
    n_right = 0
    for start in range(0, last, window):
        read = tokens[start : min(start + window, last)]
        targets = torch.tensor(tokens[start + 1 : start + 1 + len(read)], device=model.wte.weight.device)
        x = _transformed(model, read, checkpoint)
        for nats, right in _predicted(model, x, targets):
            surprisals += nats.tolist()
            n_right += int(right)
            checkpoint()
        yield len(surprisals) / last
    return Score(tuple(tokens), tuple(pieces), tuple(surprisals), n_right, n_bytes)


def _cut(text: str, vocab_size: int) -> tuple[list[int], list[str], int]:
    """Ids, the piece of text that each completes, and the bytes of all but the first."""
    if vocab_size < N_BYTES:
        raise ConfigError("text_bytes", "text", text, minimum=N_BYTES, vocab_size=vocab_size)
    tokenizer = Tokenizer(vocab_size)
    tokens = tokenizer.encode(text)
    if len(tokens) < 2:
        raise ConfigError("text_one_token", "text", text)
    stream, last = TextStream(tokenizer), len(tokens) - 1
    pieces = [stream.push(token, last=n == last) for n, token in enumerate(tokens)]
    return tokens, pieces, len(tokenizer.bytes_of(tokens[1:]))


def _transformed(model: GPT, ids: list[int], checkpoint: Checkpoint) -> Tensor:
    """What the last block leaves of one window, (T, E)."""
    x = model.embed(torch.tensor([ids], device=model.wte.weight.device))
    for block in model.blocks:
        x = block(x)
        checkpoint()
    return x[0]


def _predicted(model: GPT, x: Tensor, targets: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Surprise at each target, and how many were the likeliest, for so many rows of `x` at a time that the
    logits stay small."""
    rows = _rows(model.config)
    for some, wanted in zip(torch.split(x, rows), torch.split(targets, rows), strict=True):
        logits = model.unembed(some).float()
        of_target = logits.gather(1, wanted[:, None])[:, 0]
        yield logits.logsumexp(1) - of_target, (logits.argmax(1) == wanted).sum()


def _rows(config: GPTConfig) -> int:
    return max(1, _LOGIT_BYTES // (4 * config.vocab_size))


def score_bytes(config: GPTConfig, n_tokens: int, dtype_bytes: int) -> int:
    """Memory, in bytes, that scoring a text of `n_tokens` takes besides the model, of `dtype_bytes` a
    number: one window's activations, its logits in pieces (as computed, in float32, and their
    exponentials), and what is kept of each token."""
    window = min(n_tokens, config.block_size)
    logits = min(window, _rows(config)) * config.vocab_size * (dtype_bytes + 4 + 4)
    return prefill_bytes(config, 0, window, dtype_bytes) + logits + n_tokens * _KEPT_BYTES
