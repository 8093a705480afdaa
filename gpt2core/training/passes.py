"""A model's loss and its gradients, computed in parts: between any two of them others may have the device.

A graph that reaches through all blocks can only be gone back through at once. So each block has a graph of
its own, and its gradient is handed to the one before it: the same numbers, in the same memory.
"""

from __future__ import annotations

from collections.abc import Generator

import torch
import torch.nn.functional as F
from torch import Tensor

from gpt2core.counting.footprint import LOGITS_AT_ONCE
from gpt2core.model.gpt import GPT

NOT_COUNTED = -100  # a target whose prediction does not count; torch's own default for it


def positions_at_once(vocab_size: int) -> int:
    """Of how many positions the logits are computed together."""
    return max(1, LOGITS_AT_ONCE // vocab_size)


class Passes:
    """Forward and backward passes of `model`; in bfloat16 where `autocast` says so, its weights staying
    what they are."""

    def __init__(self, model: GPT, *, autocast: bool = False) -> None:
        self._model, self._device = model, model.wte.weight.device.type
        self._autocast = autocast

    def _casting(self) -> torch.autocast:
        return torch.autocast(self._device, torch.bfloat16, enabled=self._autocast)

    def backward(self, idx: Tensor, targets: Tensor, n: int) -> Generator[None, None, Tensor]:
        """Adds the gradients of the loss to the parameters', and returns it: the sum over all targets that
        count, divided by `n`, in nats.

        idx and targets are (B, T); a target of NOT_COUNTED is left out. Whoever steps has gradients
        enabled.
        """
        with self._casting():
            x = self._model.embed(idx)
        outputs, leaves = [x], []
        for block in self._model.blocks:
            leaves.append(x.detach().requires_grad_())
            with self._casting():
                x = block(leaves[-1])
            outputs.append(x)
            yield
        last = x.detach().requires_grad_()
        loss = yield from self._loss(last, targets, n, backward=True)
        gradient = last.grad
        while leaves:
            outputs.pop().backward(gradient)  # type: ignore[no-untyped-call]
            gradient = leaves.pop().grad
            yield
        outputs.pop().backward(gradient)  # type: ignore[no-untyped-call]
        return loss

    def loss(self, idx: Tensor, targets: Tensor) -> Generator[None, None, Tensor]:
        """The sum of the losses of all targets that count, in nats."""
        with torch.no_grad(), self._casting():
            x = self._model.embed(idx)
        for block in self._model.blocks:
            with torch.no_grad(), self._casting():
                x = block(x)
            yield
        return (yield from self._loss(x, targets, 1, backward=False))

    def _loss(self, x: Tensor, targets: Tensor, n: int, *, backward: bool) -> Generator[None, None, Tensor]:
        """The sum of the losses, divided by `n`, of which `backward` takes the gradient."""
        at_once = positions_at_once(self._model.config.vocab_size)
        total = torch.zeros((), device=x.device)
        chunks = torch.split(x.view(-1, x.size(-1)), at_once)
        for rows, wanted in zip(chunks, torch.split(targets.view(-1), at_once), strict=True):
            with torch.set_grad_enabled(backward):
                with self._casting():
                    logits = self._model.unembed(rows)
                lost = F.cross_entropy(logits.float(), wanted, ignore_index=NOT_COUNTED, reduction="sum")
                lost = lost / n
                if backward:
                    lost.backward()  # type: ignore[no-untyped-call]
            total += lost.detach()
            yield
        return total
