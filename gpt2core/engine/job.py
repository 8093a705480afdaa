"""One request on its way through the engine."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from gpt2core.engine.model_pool import LoadedModel, Reservation
from gpt2core.engine.sequence import Sequence
from gpt2core.errors import ConfigError
from gpt2core.model.weights import BuildReport, BuiltModel
from gpt2core.serving.messages import BuildRequest, Request, TrainEvent, TrainRequest, Visitor

_ids = itertools.count(1)

# Called between two parts of what takes long: returns when it may go on, raises Cancelled when it may not.
Checkpoint: TypeAlias = Callable[[], None]


class Cancelled(Exception):
    """Nobody waits for the result any more, or its time is over."""


class Work(Protocol):
    """What is done with a model besides decoding, in a thread that the engine has for it."""

    @property
    def n_bytes(self) -> int:
        """Memory, in bytes, that it takes besides the model."""
        ...

    def __call__(self, built: BuiltModel, checkpoint: Checkpoint) -> object: ...


class LoadTask:
    """A model being loaded, and how far it is, 0 to 1."""

    def __init__(self, request: BuildRequest, reservation: Reservation, *, pack: bool) -> None:
        self.request, self.reservation, self.pack, self.progress = request, reservation, pack, 0.0
        self.begun = time.monotonic()


class Job:
    """Written by the scheduler and read by whoever asked. Its model is loaded first; then its sequence is
    decoded, or its work done, if it has one."""

    def __init__(
        self, request: Request, visitor: Visitor, sequence: Sequence | None, *, asked: float,
        job_id: int | None = None, work: Work | None = None,
    ) -> None:  # fmt: skip
        self.id = next(_ids) if job_id is None else job_id  # in the logs
        self.request, self.visitor, self.sequence, self.work = request, visitor, sequence, work
        self.asked = asked  # since when it waits, or runs; in the scheduler's clock
        self.ran_before, self.n_pauses = 0.0, 0  # seconds that it ran before it was paused, and how often
        self.need_bytes = 0  # of its model and sequence together, once that is known
        self.position: int | None = None  # in line, from 1
        self.load_task: LoadTask | None = None  # the model it waits for
        self.loaded: LoadedModel | None = None  # the model, while its sequence is decoded
        self.built: BuiltModel | None = None  # not while it is paused: nobody has memory reserved for it
        self.report: BuildReport | None = None  # on the model that decodes its sequence, or has
        self.reservation: Reservation | None = None  # of its work
        self.reused = False  # the model was there already
        self.result: object = None  # of its work
        self.told: Callable[[], TrainEvent] | None = None  # of the run of training that it watches
        self.error: ConfigError | None = None
        self.cancelled = self.working = False  # working: its work is being done
        self._held: LoadedModel | None = None
        self.changed, self.first_token, self.ended = (threading.Event() for _ in range(3))
        if sequence is not None:
            # Knows the events and not the job: in a circle they would keep its model until the next
            # full garbage collection.
            sequence.on_token = partial(_set, self.first_token, self.changed)

    @property
    def address(self) -> str:
        return self.visitor.address

    @property
    def watches(self) -> bool:
        """Whether it watches a run of training, which others watch, too: a visitor may do something else
        meanwhile."""
        return isinstance(self.request, TrainRequest)

    def hold(self, loaded: LoadedModel | None) -> None:
        """Keeps a model from being dropped while somebody looks at it; None lets it go."""
        if self._held is not None:
            self._held.holders -= 1
        self._held = loaded
        if loaded is not None:
            loaded.holders += 1
            self.built, self.reused = loaded.built, self.load_task is None

    def pause(self, now: float) -> None:
        """It lets its model go, and waits for it anew from `now` on."""
        self.ran_before += now - self.asked
        self.n_pauses += 1
        self.loaded, self.built, self.asked, self.need_bytes = None, None, now, 0

    def end(self, error: ConfigError | None = None) -> None:
        if self.reservation is not None:
            self.reservation.release()
        self.error = self.error or error
        self.position = self.loaded = None
        _set(self.ended, self.first_token, self.changed)


def _set(*events: threading.Event) -> None:
    for event in events:
        event.set()
