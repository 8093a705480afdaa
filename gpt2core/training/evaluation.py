"""How good a model is on what it has not seen: its loss on held-out text, and its answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence

import torch

from gpt2core.model.gpt import GPT
from gpt2core.model.tokenizer import Tokenizer, prompt_ids
from gpt2core.training.batches import batch_of
from gpt2core.training.shared_passes import SharedPasses
from gpt2core.training.sources import Row, Source

_TOKENS_AT_ONCE = 2048
ASKED = 100  # questions after a part of the run; at its end all are asked


class HeldOut:
    """The held-out text of `source` in rows of `model`'s context."""

    def __init__(self, model: GPT, source: Source, passes: SharedPasses) -> None:
        rows_at_once = max(1, _TOKENS_AT_ONCE // model.config.block_size)
        rows = source.validation(model.config.block_size + 1)
        self._batches = [
            batch_of(rows[n : n + rows_at_once], model.wte.weight.device)
            for n in range(0, len(rows), rows_at_once)
        ]
        self.n_tokens = sum(batch.n_counted for batch in self._batches)
        self._passes = passes

    def loss(self) -> Generator[None, None, float]:
        """The mean loss in parts, in nats a token."""
        total = 0.0
        for batch in self._batches:
            total += yield from self._passes.loss(batch)
            yield
        return total / max(1, self.n_tokens)


def accuracy(model: GPT, questions: Sequence[tuple[str, str]]) -> Generator[None, None, float]:
    """The share of questions whose answers come out letter by letter, each token being the likeliest."""
    tokenizer, config = Tokenizer(model.config.vocab_size), model.config
    start = prompt_ids("", config)
    by_lengths = defaultdict[tuple[int, int], list[Row]](list)
    for prompt, answer in questions:
        asked, expected = [*start, *tokenizer.encode(prompt)], tokenizer.encode(answer)
        if len(asked) + len(expected) <= config.block_size + 1:
            mask = [False] * len(asked) + [True] * len(expected)
            by_lengths[len(asked), len(expected)].append(Row([*asked, *expected], mask))
    n_right = 0
    for (n_asked, n_expected), rows in by_lengths.items():
        ids = torch.tensor([row.ids for row in rows], device=model.wte.weight.device)
        with torch.no_grad():
            # What follows each token of the right answer: that all are the likeliest is the same as that
            # the answer, token by token, comes out.
            logits = model(ids[:, :-1])[:, n_asked - 1 :]
        expected_ids = ids[:, n_asked : n_asked + n_expected]
        n_right += int((logits.argmax(-1) == expected_ids).all(dim=1).sum())
        yield
    return n_right / max(1, len(questions))
