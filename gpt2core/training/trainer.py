"""Trains a model on a source, part by part, and says after each step how that went.

A run is a pure function of (shape, seed, dtype, source, plan, kind of device): its batches come from the
step's number, and nothing in it depends on the clock. So it can stop after any step and go on elsewhere.
"""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor

from gpt2core.errors import ConfigError
from gpt2core.model.gpt import GPT
from gpt2core.training.batches import batch_of
from gpt2core.training.optimizer import Optimizer
from gpt2core.training.plan import Plan
from gpt2core.training.shared_passes import SharedPasses
from gpt2core.training.sources import Source


class Trainer:
    """`model` has parameters that can be trained; whoever steps has gradients enabled."""

    def __init__(
        self, model: GPT, source: Source, plan: Plan, seed: int, passes: SharedPasses | None = None
    ) -> None:
        self.model, self.source, self.plan, self.n = model, source, plan, 0  # n: steps done
        self.tokens_seen = 0
        self._seed, self._device = seed, model.wte.weight.device
        self._passes = passes or SharedPasses(model, 1, 1)
        self.optimizer = Optimizer(model, plan)

    def step(self) -> Generator[None, None, float]:
        """One step in parts; its loss before it, in nats a token. Raises ConfigError('diverged') where that
        is no number any more."""
        length = self.model.config.block_size + 1
        rows = self.source.rows(self._seed, self.n, self.plan.batch_size, length)
        batch = batch_of(rows, self._device)
        yield
        loss = yield from self._passes.backward(batch)
        if not loss < float("inf"):
            raise ConfigError("diverged", "learning_rate", self.plan.learning_rate, step=self.n)
        self.optimizer.step(self.n)
        self.n += 1
        self.tokens_seen += batch.idx.numel()
        return loss

    def state_beside_weights(self) -> dict[str, Tensor]:
        """What going on from here takes besides the weights, by names."""
        done = {"n": torch.tensor(self.n), "tokens_seen": torch.tensor(self.tokens_seen)}
        return self.optimizer.state() | done

    def load_state(self, learnt: GPT, tensors: dict[str, Tensor]) -> None:
        """Goes on from the weights of `learnt`, and what `state_beside_weights` gave of the same run."""
        with torch.no_grad():
            for mine, theirs in zip(self.model.parameters(), learnt.parameters(), strict=True):
                mine.copy_(theirs)
        self.n, self.tokens_seen = int(tensors["n"]), int(tensors["tokens_seen"])
        if self.n:
            self.optimizer.load_state(tensors)
