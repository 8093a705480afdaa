"""Schedules everybody's jobs on one device: one thread decodes all of them together, a token each in turn.

A newcomer's prompt is prefilled in chunks between the others' steps, and sequences join and leave
between two steps. Memory is reserved before anything is taken: what fits later waits in line, what
never fits is refused at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import torch

from gpt2core.engine import faults
from gpt2core.engine.batch import Sequence
from gpt2core.engine.memory import check_fits
from gpt2core.engine.model_loader import ModelLoader
from gpt2core.engine.model_pool import LoadedModel, ModelPool
from gpt2core.engine.request_queue import Job, LoadTask, RequestQueue
from gpt2core.engine.turn import take_turn
from gpt2core.errors import ConfigError
from gpt2core.model.weights import BuiltModel
from gpt2core.runtime.device import free_bytes, pick_device, usable_cores
from gpt2core.runtime.settings import SETTINGS, Settings
from gpt2core.serving.messages import GenerateRequest, Request, Visitor

log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 10.0  # for so long smaller jobs may pass one that does not fit yet


class Scheduler:
    """`submit` a request and read its Job. All methods may be called from any thread."""

    def __init__(
        self, limit_bytes: int | None = None, device: str | None = None, *,
        settings: Settings = SETTINGS, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.device = pick_device(device)
        self.limit_bytes = limit_bytes or int(settings.memory_share * free_bytes(self.device))
        self._settings, self._now = settings, now
        self.pool, self.queue = ModelPool(self.limit_bytes, now), RequestQueue(settings, now)
        self.loader = ModelLoader(self.pool, self.device, self.queue.waits_for, self._on_loaded)
        self.broken = False  # the device takes no work from this process any more
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="decoding", daemon=True)
        self._thread.start()

    def submit(
        self, request: Request, ids: list[int] | None = None, visitor: Visitor | None = None, *,
        job_id: int | None = None,
    ) -> Job:  # fmt: skip
        """Puts a request into the queue; `ids` is the prompt of one that generates. Raises ConfigError
        where it can never be served, or not now because too many wait already."""
        sequence = None
        if isinstance(request, GenerateRequest):
            sequence = Sequence(ids or [], request.options, request.config)
        check_fits(request.config, sequence, self.limit_bytes)
        job = Job(request, visitor or Visitor(), sequence, asked=self._now(), job_id=job_id)
        with self._changed:
            if self._closing:
                raise ConfigError("closing", "", "")
            self.queue.add(job)
            log.info("job %d: admitted, %s, position %s", job.id, type(request).__name__, job.position)
            self._changed.notify_all()
        return job

    def cancel(self, job: Job) -> None:
        """Ends a job whatever its state: its slots are free, its load is given up, and the model it holds
        is let go, within a moment. Whoever has submitted one calls this in the end."""
        with self._changed:
            job.cancelled = True
            job.hold(None)
            self._changed.notify_all()

    def reason(self, error: Exception) -> ConfigError:
        """What a visitor is told of a failure."""
        self.broken = self.broken or faults.poisons(error)
        return faults.reason(error)

    def close(self, seconds: float | None = None) -> None:
        """Takes no new job, ends those that wait, and after `seconds` (None: those of the settings)
        those that still run."""
        with self._changed:
            self._closing = True
            self.queue.end_waiting(ConfigError("closing", "", ""))
            self._changed.notify_all()
        until = time.monotonic() + (self._settings.shutdown_seconds if seconds is None else seconds)
        while self.queue.running and time.monotonic() < until:
            time.sleep(0.05)
        with self._changed:
            for job in self.queue.running:
                job.error, job.cancelled = ConfigError("closing", "", ""), True
            self._changed.notify_all()
        self._thread.join(5.0)

    def _run(self) -> None:
        """The decoding thread."""
        torch.set_num_threads(usable_cores())  # for this thread; see `service.use_one_core`
        while not (self._closing and not self.queue.running):
            with self._changed:
                self._end_finished()
                self._admit()
                busy = [loaded for loaded in self.pool if loaded.batch.sequences]
                if not busy:
                    self.pool.drop_idle(self._settings.idle_model_seconds)
                    self._changed.wait(5.0)
            while busy:  # and no name for the last one, which would keep it from being dropped
                self._take_turn(busy.pop())
                with self._changed:
                    self._end_finished()

    def _end_finished(self) -> None:
        """Ends what is finished, cancelled, or takes too long."""
        longest = self._settings.max_job_seconds
        before = self._now() - longest

        def late(code: str) -> ConfigError:
            return ConfigError(code, "", "", seconds=int(longest))

        for job in list(self.queue.waiting):
            if job.cancelled or job.asked < before:
                self.queue.end(job, None if job.cancelled else late("waited"))
        for job in list(self.queue.running):
            assert job.sequence is not None
            assert job.loaded is not None
            finished = job.cancelled or job.sequence.finished
            if finished or job.asked < before:
                job.loaded.batch.remove(job.sequence)
                self.queue.end(job, None if finished else late("deadline"))

    def _admit(self) -> None:
        """Starts, in their order, all jobs that can be served now."""
        for job in self.queue.order():
            if job.cancelled or not self.queue.may_start(job):
                continue
            loaded = self.pool.get(job.request.model)
            if loaded is None:
                served = self.loader.start(job)
            elif job.sequence is None:
                job.hold(loaded)
                self.queue.end(job)
                served = True
            else:
                served = self._start_sequence(job, job.sequence, loaded)
            if not served and self._now() - job.asked > _PATIENCE_SECONDS:
                return  # nobody passes it any more

    def _start_sequence(self, job: Job, sequence: Sequence, loaded: LoadedModel) -> bool:
        batch, rows = loaded.batch, sum(m.batch.n_rows for m in self.pool)
        if rows + len(sequence.options) > self._settings.max_rows:
            return False
        if not self.pool.evict_for(batch.bytes_to_add(sequence), keep=loaded):
            if self.loader.current is not None or any(m.in_use for m in self.pool):
                return False
            # Nobody will ever make room: what its packed copy and caches hold is in the way.
            self.pool.drop(loaded)
            return self.loader.start(job)
        job.built = loaded.built
        self.queue.start(job, loaded)
        try:
            batch.add(sequence)
        except (RuntimeError, MemoryError) as error:
            self._fail(loaded, error)
        return True

    def _take_turn(self, loaded: LoadedModel) -> None:
        try:
            take_turn(loaded.batch, self._admit_meanwhile, lambda: bool(self.queue.waiting))
        except Exception as error:
            with self._changed:
                self._fail(loaded, error)

    def _admit_meanwhile(self) -> None:
        with self._changed:
            self._admit()

    def _fail(self, loaded: LoadedModel, error: Exception) -> None:
        """Ends all jobs of a model that could not go on, and frees it."""
        reason = self.reason(error)
        for job in list(self.queue.running):
            if job.loaded is loaded:
                self.queue.end(job, reason)
        self.pool.drop(loaded)
        faults.release(error)

    def _on_loaded(self, task: LoadTask, built: BuiltModel | None, caught: Exception | None) -> None:
        error = self.reason(caught) if caught else None
        if caught:
            faults.release(caught)
        with self._changed:
            self.loader.finish(task, built)
            if error:
                self.queue.end_waiting(error, task.request)
            self._changed.notify_all()
