"""Starts who waits, as far as memory and rows go.

A job that cannot start holds up only those who want the same: who lacks rows nobody who lacks memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Literal, TypeAlias

import torch

from gpt2core.counting.footprint import packed_bytes
from gpt2core.engine.job import Job, LoadTask
from gpt2core.engine.linear_kernels import packing_helps
from gpt2core.engine.memory import need_bytes
from gpt2core.engine.model_loader import ModelLoader
from gpt2core.engine.model_pool import LoadedModel, ModelPool
from gpt2core.engine.preemption import Preemption
from gpt2core.engine.request_queue import PATIENCE_SECONDS, RequestQueue
from gpt2core.engine.sequence import Sequence
from gpt2core.engine.work_runner import WorkRunner
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import BuildRequest

log = logging.getLogger(__name__)

Lack: TypeAlias = Literal["rows", "memory", "work"]  # what a job waits for


class Admission:
    """Not for several threads at once: its owner locks."""

    def __init__(
        self, queue: RequestQueue, pool: ModelPool, loader: ModelLoader, works: WorkRunner,
        device: torch.device, settings: Settings, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._queue, self._pool, self._loader, self._works = queue, pool, loader, works
        self._device, self._now = device, now
        self._room = Preemption(queue, pool, loader, settings.max_rows, now)

    def admit(self) -> None:
        """Starts, in their order, all jobs that can be served now."""
        lacking: set[Lack] = set()
        for job in self._queue.order():
            if job.cancelled or not self._queue.may_start(job):
                continue
            lack = self._start(job, lacking)
            if lack and self._now() - job.asked > PATIENCE_SECONDS:
                lacking.add(lack)  # nobody passes it any more

    def admit_those_of(self, model: BuildRequest) -> None:
        """Starts those who wait for a model that has just been loaded, before anybody has it dropped."""
        for job in self._queue.order():
            if job.request.model == model and not job.cancelled and self._queue.may_start(job):
                self._start(job, set())

    def _start(self, job: Job, lacking: set[Lack]) -> Lack | None:
        """None where the job goes on, or waits for nothing but its model, else what it lacks."""
        loaded = self._pool.get(job.request.model)
        if loaded is None:
            return self._load(job, lacking)
        if job.sequence is not None:
            return self._start_sequence(job, job.sequence, loaded, lacking)
        if job.work is not None:
            return self._start_work(job, job.work.n_bytes, loaded, lacking)
        job.hold(loaded)
        self._queue.end(job)
        return None

    def _load(self, job: Job, lacking: set[Lack]) -> Lack | None:
        request = job.request.model
        task = self._loader.task_of(request)
        if task is None:
            if "memory" in lacking:
                return "memory"
            task = self._load_task(job)
            if task is None:
                return "memory"
            log.info("job %d: loads %s, seed %d", job.id, request.config, request.seed)
            self._loader.start(task)
        job.load_task = task
        return None

    def _load_task(self, job: Job) -> LoadTask | None:
        """Reserves the memory, with that of a packed copy of the matrices where it helps and fits, too.
        None where memory is short now."""
        request = job.request.model
        need, packed = need_bytes(request.config, job.sequence), packed_bytes(request.config)
        if packing_helps(self._device) and (both := self._pool.reserve(need + packed)):
            return LoadTask(request, both, pack=True)
        reservation = self._room.reserve(job, need)
        return LoadTask(request, reservation, pack=False) if reservation else None

    def _start_sequence(
        self, job: Job, sequence: Sequence, loaded: LoadedModel, lacking: set[Lack]
    ) -> Lack | None:
        if "rows" in lacking or not self._room.rows_for(job, len(sequence.options)):
            return "rows"
        n_bytes = loaded.batch.bytes_to_add(sequence)
        reservation = None if "memory" in lacking else self._room.reserve(job, n_bytes, keep=loaded)
        if reservation is None:
            if self._loader.tasks or any(m.in_use for m in self._pool) or self._pool.reservations:
                return "memory"
            # Nobody will ever make room: what its packed copy and caches hold is in the way.
            self._pool.drop(loaded)
            return self._load(job, lacking)
        reservation.release()  # from here on the batch counts it
        job.built = loaded.built
        self._queue.start(job, loaded)
        loaded.batch.add(sequence)
        return None

    def _start_work(self, job: Job, n_bytes: int, loaded: LoadedModel, lacking: set[Lack]) -> Lack | None:
        if "work" in lacking or self._works.current is not None:
            return "work"
        job.reservation = None if "memory" in lacking else self._room.reserve(job, n_bytes, keep=loaded)
        if job.reservation is None:
            return "memory"
        job.hold(loaded)
        self._queue.start(job)
        job.working = True
        job.changed.set()
        self._works.start(job)
        return None
