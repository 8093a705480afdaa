"""Runs of training: one at a time, watched by any number of jobs, in slices between the others' tokens.

A run goes on for as long as somebody watches it. While others compute it has at most half of the time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace

import torch

from gpt2core.engine import faults
from gpt2core.engine.active_run import ActiveRun, MakeTraining
from gpt2core.engine.job import Job
from gpt2core.engine.model_pool import ModelPool
from gpt2core.engine.request_queue import RequestQueue
from gpt2core.engine.run_store import RunStore
from gpt2core.errors import ConfigError
from gpt2core.serving.messages import TrainRequest

log = logging.getLogger(__name__)
_SLICE_SECONDS = 0.2  # while nobody else computes: who comes waits for no more
_REMEMBERED = 256  # how many steps the time was turned into that somebody asked for
_SHARED_SLICE_SECONDS = 0.06  # as long as another model's turn


class TrainingRuns:
    """Not for several threads at once: its owner locks `changed`, but not around `turn`.

    `make` makes a run, `reason` says what a visitor is told of a failure, and `others_compute` whether
    anything goes on besides decoding.
    """

    def __init__(
        self, changed: threading.Condition, queue: RequestQueue, pool: ModelPool, store: RunStore,
        device: torch.device, make: MakeTraining | None, reason: Callable[[Exception], ConfigError],
        others_compute: Callable[[], bool], now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.store, self._queue, self._pool, self._device, self._now = store, queue, pool, device, now
        self._changed, self.make, self._reason = changed, make, reason
        self._others_compute = others_compute
        self._active: ActiveRun | None = None
        self._steps_of: OrderedDict[TrainRequest, TrainRequest] = OrderedDict()  # asked -> with its steps
        self._rests_until = 0.0

    @property
    def active(self) -> bool:
        return self._active is not None

    @property
    def step_flops(self) -> int:
        """Of a step of the run that goes on."""
        return self._active.step_flops if self._active else 0

    def start(self, job: Job, request: TrainRequest) -> bool:
        """Has `job` watch the run that it asks for, which may be over already; False where it has to wait
        for another."""
        if self._active is None and not self._begin(job, request):
            return job.ended.is_set()
        active = self._active
        assert active is not None
        if not active.is_for(request):
            return False
        active.watchers.append(job)
        job.told = active.training.event
        self._queue.start(job)
        return True

    def _begin(self, job: Job, request: TrainRequest) -> bool:
        """Whether a run goes on now. A job whose run is over, or cannot be, is ended."""
        request = replace(self._steps_of.get(request, request), text=request.text)
        snapshot = self.store.newest(request.name)
        if snapshot is not None and snapshot.step == snapshot.request.steps:
            event = snapshot.event
            job.told = lambda: event
            self._queue.end(job)
            return False
        if snapshot is not None and snapshot.optimizer is None:
            snapshot = None  # too large to go on from: it begins anew
        assert self.make is not None, "this engine was given nothing to train with"
        try:
            training = self.make(request, self._device, self.store.keep, snapshot)
        except ConfigError as error:
            self._queue.end(job, error)
            return False
        reservation = self._pool.reserve(training.n_bytes, owner=job.address)
        if reservation is None:
            return False
        log.info("job %d: begins the run %s", job.id, training.request.name)
        self._active = ActiveRun(request, training, reservation)
        return True

    def leave(self, job: Job) -> None:
        """It does not watch any more. A run that nobody watches ends, and what it has learnt is kept."""
        active = self._active
        if active is None or job not in active.watchers:
            return
        active.watchers.remove(job)
        if not active.watchers:
            self._end(None)

    def forget(self, source: str) -> None:
        """Ends the run that learns from a source which is to be gone."""
        if self._active is not None and self._active.training.request.source == source:
            self._end(ConfigError("text_gone", "source", source), keep=False)

    def _end(self, error: ConfigError | None, *, keep: bool = True) -> None:
        active, self._active = self._active, None
        if active is None:
            return
        active.parts.close()
        # Without the text, which is the store's to keep and to forget.
        self._steps_of[replace(active.asked, text="")] = replace(active.training.request, text="")
        while len(self._steps_of) > _REMEMBERED:
            self._steps_of.popitem(last=False)
        if keep and not active.training.done:
            active.training.keep()
        active.reservation.release()
        log.info(
            "the run %s ends after step %d", active.training.request.name, active.training.event()["step"]
        )
        for job in active.watchers:
            self._queue.end(job, error)

    def seconds_to_rest(self, *, beside: bool) -> float:
        """How long others are to have the device before its next slice; `beside`: somebody decodes."""
        if not beside and not self._others_compute():
            return 0.0
        return max(0.0, self._rests_until - self._now())

    def turn(self, *, beside: bool) -> Counter[str]:
        """A slice of the run that goes on; for whom it was, by address."""
        active = self._active
        if active is None:
            return Counter()
        shared = beside or self._others_compute()
        longest = _SHARED_SLICE_SECONDS if shared else _SLICE_SECONDS
        begin = self._now()
        try:
            over = self._slice(active, begin + longest)
        except Exception as error:
            reason = self._reason(error)
            with self._changed:
                self._end(reason, keep=False)
            faults.release(error)
            return Counter()
        watchers = list(active.watchers)
        if over:
            with self._changed:
                self._end(None)
        self._rests_until = 2 * self._now() - begin
        for job in watchers:
            job.changed.set()
        return Counter(job.address for job in watchers)

    def _slice(self, active: ActiveRun, until: float) -> bool:
        """Whether the run is over. A slice ends early where somebody waits."""
        with torch.inference_mode(False), torch.enable_grad():
            for _ in active.parts:
                if self._now() > until or any(not job.watches for job in list(self._queue.waiting)):
                    return False
        return True
