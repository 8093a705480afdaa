"""Passes over a batch whose rows the cores share.

Each core has a model with the same weights and gradients of its own, and meets the others after each part
of a pass. torch's own threads would meet after each product of matrices: of a small model that is after
some 0.1 ms, and where somebody else has one of the cores for a moment, all wait for it each time (measured
on two busy cores: 400 to 600 tokens a second, against 2,600 to 4,200 this way).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import Tensor, nn

from gpt2core.model.gpt import GPT
from gpt2core.model.meta_model import meta_model
from gpt2core.runtime.device import usable_cores, use_cores
from gpt2core.training.batches import Batch
from gpt2core.training.passes import Passes

_MOST_WORKERS = 4  # more would wait for Python's interpreter
_SHARED_FLOPS = 2 * 10**8  # of a step; a smaller one is one core's

Made = TypeVar("Made")
Parts = Generator[None, None, Made]


def workers_for(device: torch.device, batch_size: int, step_flops: int) -> tuple[int, int]:
    """How many share the rows of a batch, and how many of torch's threads each has: the same ones for a run
    from its first step to its last, for they change the order of its sums."""
    if device.type != "cpu":
        return 1, usable_cores()
    if step_flops < _SHARED_FLOPS:
        return 1, 1
    n = min(usable_cores(), _MOST_WORKERS, batch_size)
    return n, max(1, usable_cores() // n)


class SharedPasses:
    """As `Passes`, of a batch as a whole. The thread that steps is one of the workers."""

    def __init__(self, model: GPT, n_workers: int, n_threads: int, *, autocast: bool = False) -> None:
        self._model = model
        self._copies = [_with_the_same_weights(model) for _ in range(n_workers - 1)]
        self._passes = [Passes(each, autocast=autocast) for each in (model, *self._copies)]
        self._helpers = [
            ThreadPoolExecutor(1, "training", initializer=use_cores, initargs=(n_threads,))
            for _ in self._copies
        ]

    def backward(self, batch: Batch) -> Parts[float]:
        """Adds the gradients of the mean loss to the parameters', and returns that loss, in nats a
        token."""
        n = max(1, batch.n_counted)
        parts = [
            passes.backward(idx, targets, n)
            for passes, idx, targets in zip(self._passes, *self._split(batch), strict=True)
        ]
        losses = yield from self._together(parts)
        for copy in self._copies:
            torch._foreach_add_(_gradients(self._model), _gradients(copy))
            copy.zero_grad(set_to_none=True)
        return float(sum(losses))

    def loss(self, batch: Batch) -> Parts[float]:
        """The sum of the losses of all targets that count, in nats."""
        parts = [
            passes.loss(idx, targets)
            for passes, idx, targets in zip(self._passes, *self._split(batch), strict=True)
        ]
        return float(sum((yield from self._together(parts))))

    def _split(self, batch: Batch) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
        n = len(self._passes)
        return batch.idx.tensor_split(n), batch.targets.tensor_split(n)

    def _together(self, parts: Sequence[Parts[Tensor]]) -> Parts[list[Tensor]]:
        """What each comes to, part by part side by side. They have as many parts."""
        found: list[Tensor] = []
        while not found:
            waiting = [
                helper.submit(_next, each) for helper, each in zip(self._helpers, parts[1:], strict=True)
            ]
            done = [_next(parts[0]), *(each.result() for each in waiting)]
            found = [each for each in done if each is not None]
            yield
        return found


def _gradients(model: GPT) -> list[Tensor]:
    return [parameter.grad for parameter in model.parameters() if parameter.grad is not None]


def _next(parts: Parts[Tensor]) -> Tensor | None:
    try:
        next(parts)
    except StopIteration as done:
        made: Tensor = done.value
        return made
    return None


def _with_the_same_weights(model: GPT) -> GPT:
    """A model whose parameters are `model`'s numbers, with gradients of their own."""
    copy = meta_model(model.config)
    for name, parameter in list(model.named_parameters()):
        path, _, last = name.rpartition(".")
        setattr(copy.get_submodule(path), last, nn.Parameter(parameter.detach()))
    copy.tie_weights()
    return copy
