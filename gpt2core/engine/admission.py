"""Starts who waits, as far as memory and rows go.

A job that cannot start holds up only those who want the same: who lacks rows nobody who lacks memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import torch

from gpt2core.counting.footprint import packed_bytes
from gpt2core.engine.job import Job, LoadTask
from gpt2core.engine.linear_kernels import packing_helps
from gpt2core.engine.memory import need_bytes
from gpt2core.engine.model_loader import ModelLoader
from gpt2core.engine.model_pool import LoadedModel, ModelPool, Reservation
from gpt2core.engine.preemption import Preemption
from gpt2core.engine.request_queue import PATIENCE_SECONDS, RequestQueue
from gpt2core.engine.sequence import Sequence
from gpt2core.engine.training_runs import TrainingRuns
from gpt2core.engine.work_runner import WorkRunner
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import BuildRequest, TrainRequest

log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.25  # whose turn it is changes as time goes by

Lack: TypeAlias = Literal["rows", "memory", "work", "training"]  # what a job waits for


@dataclass
class _Short:
    """What was short in one look at all who wait, so that not everybody is to be tried for it."""

    blocked: set[Lack] = field(default_factory=set)  # for everybody
    bytes: dict[str, int] = field(default_factory=dict)  # by address: so many were not to be had
    rows: set[str] = field(default_factory=set)  # addresses

    def memory_for(self, job: Job, n_bytes: int) -> bool:
        return "memory" in self.blocked or n_bytes >= self.bytes.get(job.address, n_bytes + 1)

    def rows_for(self, job: Job) -> bool:
        return "rows" in self.blocked or job.address in self.rows


class Admission:
    """Not for several threads at once: its owner locks."""

    def __init__(
        self, queue: RequestQueue, pool: ModelPool, loader: ModelLoader, works: WorkRunner,
        trainings: TrainingRuns, device: torch.device, settings: Settings,
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._queue, self._pool, self._loader, self._works = queue, pool, loader, works
        self._trainings = trainings
        self._device, self._now = device, now
        self._seen, self._looked = -1, 0.0  # the queue's version at the last look, and when that was
        self._room = Preemption(queue, pool, loader, settings.max_rows, now)

    def admit(self) -> None:
        """Starts, in their order, all jobs that can be served now. Cheap where nothing has changed."""
        if self._queue.version == self._seen and time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        short = _Short()
        for job in self._queue.order():
            if job.cancelled or not self._queue.may_start(job):
                continue
            lack = self._start(job, short)
            if lack and self._now() - job.asked > PATIENCE_SECONDS:
                short.blocked.add(lack)  # nobody passes it any more
        self._seen = self._queue.version

    def admit_those_of(self, model: BuildRequest) -> None:
        """Starts those who wait for a model that has just been loaded, before anybody has it dropped."""
        short = _Short()
        for job in self._queue.order():
            wants = job.request.model == model and not job.watches
            if wants and not job.cancelled and self._queue.may_start(job):
                self._start(job, short)

    def _start(self, job: Job, short: _Short) -> Lack | None:
        """None where the job goes on, or waits for nothing but its model, else what it lacks."""
        if isinstance(job.request, TrainRequest):
            return None if self._trainings.start(job, job.request) else "training"
        loaded = self._pool.get(job.request.model)
        if loaded is None:
            return self._load(job, short)
        if job.sequence is not None:
            return self._start_sequence(job, job.sequence, loaded, short)
        if job.work is not None:
            return self._start_work(job, job.work.n_bytes, loaded, short)
        loaded.use(job.address)
        job.hold(loaded)
        self._queue.end(job)
        return None

    def _load(self, job: Job, short: _Short) -> Lack | None:
        request = job.request.model
        task = self._loader.task_of(request)
        if task is None:
            task = self._load_task(job, short)
            if task is None:
                return "memory"
            log.info("job %d: loads %s, seed %d", job.id, request.config, request.seed)
            self._loader.start(task)
        job.load_task = task
        return None

    def _load_task(self, job: Job, short: _Short) -> LoadTask | None:
        """Reserves the memory, with that of a packed copy of the matrices where it helps and fits, too.
        None where memory is short now."""
        request = job.request.model
        job.need_bytes = job.need_bytes or need_bytes(request.config, job.sequence, request.dtype_bytes)
        if short.memory_for(job, job.need_bytes):
            return None
        both = job.need_bytes + packed_bytes(request.config, request.dtype_bytes)
        reservation = None
        if packing_helps(self._device) and self._pool.has_to_spare(both, job.address):
            reservation = self._pool.reserve(both, owner=job.address)
        if reservation:
            return LoadTask(request, reservation, pack=True)
        reservation = self._reserve(job, job.need_bytes, short)
        return LoadTask(request, reservation, pack=False) if reservation else None

    def _reserve(
        self, job: Job, n_bytes: int, short: _Short, keep: LoadedModel | None = None
    ) -> Reservation | None:
        if short.memory_for(job, n_bytes):
            return None
        reservation = self._room.reserve(job, n_bytes, keep)
        if reservation is None:
            short.bytes[job.address] = n_bytes
        return reservation

    def _start_sequence(
        self, job: Job, sequence: Sequence, loaded: LoadedModel, short: _Short
    ) -> Lack | None:
        if short.rows_for(job) or not self._room.rows_for(job, len(sequence.options)):
            short.rows.add(job.address)
            return "rows"
        n_bytes = loaded.batch.bytes_to_add(sequence)
        reservation = self._reserve(job, n_bytes, short, keep=loaded)
        if reservation is None:
            if self._loader.tasks or any(m.in_use for m in self._pool) or self._pool.reservations:
                return "memory"
            # Nobody will ever make room: what its packed copy and caches hold is in the way.
            self._pool.drop(loaded)
            return self._load(job, _Short())
        reservation.release()  # from here on the batch counts it
        job.built, job.report = loaded.built, loaded.built.report
        loaded.use(job.address)
        self._queue.start(job, loaded)
        loaded.batch.add(sequence)
        return None

    def _start_work(self, job: Job, n_bytes: int, loaded: LoadedModel, short: _Short) -> Lack | None:
        if "work" in short.blocked or self._works.current is not None:
            return "work"
        job.reservation = self._reserve(job, n_bytes, short, keep=loaded)
        if job.reservation is None:
            return "memory"
        loaded.use(job.address)
        job.hold(loaded)
        self._queue.start(job)
        job.working = True
        job.changed.set()
        self._works.start(job)
        return None
