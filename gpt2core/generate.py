"""Decoding with a KV cache, as a stream of steps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from gpt2core.build import require_memory
from gpt2core.config import TOKENIZER_VOCAB, ConfigError, SamplingOptions, parse_sampling
from gpt2core.decoder import Decoder
from gpt2core.model import GPT
from gpt2core.sampling import draw

# Rows whose tokens are chosen at a time: what is made of their logits then stays in the cache.
_TOGETHER = 8
_decoded = itertools.count()
_decoded_so_far = 0


def steps_decoded() -> int:
    """How many steps this process has computed: stands still when all have stopped."""
    return _decoded_so_far


@dataclass(frozen=True, slots=True)
class Step:
    """One new token. `probability` and `entropy` (nats) are of softmax(logits/T) before top-k and
    top-p, or of softmax(logits) at T = 0. `stop_reason` stands on the last step only:
    'length' (max_new_tokens reached) or 'context_full' (no position left).
    """

    token_id: int
    probability: float
    entropy: float
    stop_reason: str | None
    logits: Tensor = field(repr=False)  # (V,), what the token was drawn from


def generate(
    model: GPT,
    ids: Sequence[int],
    max_new_tokens: int = 50,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> Iterator[Step]:
    """Continues `ids` by up to `max_new_tokens` tokens; `seed` is the noise's.

    Ends early when prompt and continuation together reach `block_size`: learned positions
    cannot slide. A prompt that fills the context gets one token. Ids the tokenizer does not have
    (a padded vocabulary's) are never drawn. Raises ConfigError at once for an option or an id
    out of range, an empty or too long prompt, or a cache that would not fit.
    """
    options = parse_sampling(
        {"temperature": temperature, "top_k": top_k, "top_p": top_p,
         "max_new_tokens": max_new_tokens, "sample_seed": seed},
        model.config.vocab_size,
    )  # fmt: skip
    room = check_prompt(model, ids, options.max_new_tokens)
    return (steps[0] for steps in _rows(model, ids, room, [options]))


def check_prompt(model: GPT, ids: Sequence[int], max_new_tokens: int, rows: int = 1) -> int:
    """How many tokens the sequence may come to hold. Raises ConfigError."""
    config = model.config
    if not ids:
        raise ConfigError("empty_prompt", "prompt", "")
    for token in ids:  # on a GPU an id out of range would poison the whole process
        if isinstance(token, bool) or not isinstance(token, int) or not 0 <= token < config.vocab_size:
            raise ConfigError("token_id", "prompt", token, vocab_size=config.vocab_size)
    if len(ids) > config.block_size:
        raise ConfigError(
            "prompt_too_long", "prompt", len(ids), block_size=config.block_size,
            excess=len(ids) - config.block_size,
        )  # fmt: skip
    room = min(config.block_size, len(ids) + max_new_tokens)
    weight = model.wte.weight
    there = sum(p.numel() * p.element_size() for p in model.parameters())
    require_memory(config, weight.device, room, dtype=weight.dtype, rows=rows, already_there=there)
    return room


def generate_rows(
    model: GPT, ids: Sequence[int], options: Sequence[SamplingOptions]
) -> Iterator[list[Step]]:
    """Continues one prompt in several ways at once: a step of every row at a time.

    Each row gets the tokens it would get alone from `generate` with the same options; all go on
    for as long as the first row's `max_new_tokens` says. Raises ConfigError as `generate` does.
    """
    n_tokens = options[0].max_new_tokens
    room = check_prompt(model, ids, n_tokens, rows=len(options))
    same = [replace(o, max_new_tokens=n_tokens) for o in options]
    return _rows(model, ids, room, same)


def _rows(
    model: GPT, ids: Sequence[int], room: int, options: list[SamplingOptions]
) -> Iterator[list[Step]]:
    decoder = Decoder(model)
    prompt = decoder.start(ids)
    decoder.feed(prompt)
    decoder.join(prompt, room, len(options))
    assert prompt.logits is not None
    logits = prompt.logits.repeat(len(options), 1)
    for n in range(1, options[0].max_new_tokens + 1):
        reason = stop_reason(model, options[0], len(ids), n)
        steps = choose(logits, options, [len(ids) + n - 1] * len(options), [reason] * len(options))
        yield steps
        if reason:
            return
        logits = decoder.step([step.token_id for step in steps])


def stop_reason(model: GPT, options: SamplingOptions, n_prompt: int, n: int) -> str | None:
    """Why the `n`-th new token is the last one, if it is."""
    if n_prompt + n >= model.config.block_size:
        return "context_full"
    return "length" if n == options.max_new_tokens else None


@torch.inference_mode()
def choose(
    logits: Tensor,
    options: Sequence[SamplingOptions],
    positions: Sequence[int],
    reasons: Sequence[str | None],
) -> list[Step]:
    """One token for each row of (rows, V) logits; `positions` are the new tokens' own."""
    global _decoded_so_far
    logits[:, TOKENIZER_VOCAB:] = float("-inf")
    steps: list[Step] = []
    for begin in range(0, len(options), _TOGETHER):
        part = slice(begin, begin + _TOGETHER)
        tokens, *measured = draw(logits[part], options[part], positions[part])
        found = zip(
            tokens.tolist(), *torch.stack(measured).tolist(), reasons[part], logits[part], strict=True
        )
        steps += [Step(*values) for values in found]
    _decoded_so_far = next(_decoded) + 1
    return steps
