"""A run of training as the engine sees it, and the one that goes on."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Protocol

import torch

from gpt2core.counting.costs import TRAINING
from gpt2core.counting.parameters import evaluate, fields_of
from gpt2core.engine.job import Job
from gpt2core.engine.model_pool import Reservation
from gpt2core.serving.messages import Snapshot, TrainEvent, TrainRequest


class Training(Protocol):
    """A run as this package sees it (training/run.py has it)."""

    @property
    def request(self) -> TrainRequest:
        """With its steps, once they are known."""
        ...

    @property
    def n_bytes(self) -> int:
        """Memory, in bytes, that it takes."""
        ...

    @property
    def done(self) -> bool: ...

    def parts(self) -> Generator[None, None, None]: ...

    def keep(self) -> None:
        """Hands over for keeping what it has learnt so far."""

    def event(self) -> TrainEvent: ...


# A planned request with its text, and how far it was -> the run. Raises ConfigError.
MakeTraining = Callable[[TrainRequest, torch.device, Callable[[Snapshot], None], Snapshot | None], Training]


class ActiveRun:
    """The run that goes on, and the jobs that watch it."""

    def __init__(self, asked: TrainRequest, training: Training, reservation: Reservation) -> None:
        self.asked, self.training, self.reservation = asked, training, reservation
        self.parts = training.parts()
        self.watchers: list[Job] = []
        self.step_flops = step_flops(training.request)

    def is_for(self, request: TrainRequest) -> bool:
        return request in (self.asked, self.training.request)


def step_flops(request: TrainRequest) -> int:
    """Of one step of a planned run."""
    return request.batch_size * evaluate(TRAINING["step_flops"], fields_of(request.config))
