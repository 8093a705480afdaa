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
from functools import partial

import torch

from gpt2core.engine import faults
from gpt2core.engine.batch import Sequence
from gpt2core.engine.memory import check_fits
from gpt2core.engine.model_loader import ModelLoader
from gpt2core.engine.model_pool import LoadedModel, ModelPool
from gpt2core.engine.request_queue import Job, LoadTask, RequestQueue
from gpt2core.errors import ConfigError
from gpt2core.model.weights import BuiltModel
from gpt2core.runtime.device import free_bytes, pick_device, usable_cores
from gpt2core.runtime.settings import SETTINGS, Settings
from gpt2core.serving.messages import GenerateRequest, Request, Visitor

log = logging.getLogger(__name__)
# How long newcomers' prefills may hold up those who decode: a little, and more for a whole class.
_PREFILL_SECONDS, _EACH_PREFILL_SECONDS, _MOST_PREFILL_SECONDS = 0.2, 0.03, 1.5
_TURN_SECONDS = 0.05  # how long one model's steps may take before it is the other models' turn
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
        self.loader = ModelLoader(self.pool, self.device, self._wanted, self._on_loaded)
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
        config, sequence = request.config, None
        if isinstance(request, GenerateRequest):
            sequence = Sequence(ids or [], request.options, config)
        check_fits(config, sequence, self.limit_bytes)
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
            for job in list(self.queue.waiting):
                self.queue.end(job, ConfigError("closing", "", ""))
            self._changed.notify_all()
        until = time.monotonic() + (self._settings.shutdown_seconds if seconds is None else seconds)
        while self.queue.running and time.monotonic() < until:
            time.sleep(0.05)
        with self._changed:
            for job in list(self.queue.running):
                job.error = ConfigError("closing", "", "")
                job.cancelled = True
            self._changed.notify_all()
        self._thread.join(5.0)

    # ---- the decoding thread ---------------------------------------------------------------------

    def _run(self) -> None:
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
        too_late = partial(ConfigError, field="", value="", seconds=int(longest))
        for job in list(self.queue.waiting):
            if job.cancelled or job.asked < before:
                self.queue.end(job, None if job.cancelled else too_late("waited"))
        for job in list(self.queue.running):
            assert job.sequence is not None
            assert job.loaded is not None
            finished = job.cancelled or job.sequence.finished
            if finished or job.asked < before:
                job.loaded.batch.remove(job.sequence)
                self.queue.end(job, None if finished else too_late("deadline"))

    def _admit(self) -> None:
        """Starts, in their order, all jobs that can be served now."""
        for job in self.queue.order():
            if job.cancelled or not self.queue.may_start(job):
                continue
            loaded = self.pool.get(job.request.model)
            if loaded is None:
                served = self.loader.start(job)
            elif job.sequence is None:
                job.reused = job.load_task is None
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
        """Some of the newcomers' prefills, then some steps."""
        batch = loaded.batch
        try:
            begin, patience = time.monotonic(), _PREFILL_SECONDS + _EACH_PREFILL_SECONDS * batch.n_prefills
            while batch.prefill() and time.monotonic() - begin < min(patience, _MOST_PREFILL_SECONDS):
                with self._changed:  # those who have come meanwhile are prefilled with the rest
                    self._admit()
            begin, decoding = time.monotonic(), len(batch.sequences)
            while batch.decode() and len(batch.sequences) == decoding and not self.queue.waiting:
                if time.monotonic() - begin > _TURN_SECONDS:
                    break
        except Exception as error:
            with self._changed:
                self._fail(loaded, error)

    def _fail(self, loaded: LoadedModel, error: Exception) -> None:
        """Ends all jobs of a model that could not go on, and frees it."""
        told = self.reason(error)
        for job in list(self.queue.running):
            if job.loaded is loaded:
                self.queue.end(job, told)
        self.pool.drop(loaded)
        faults.release(error)

    # ---- loading ---------------------------------------------------------------------------------

    def _on_loaded(self, task: LoadTask, built: BuiltModel | None, caught: Exception | None) -> None:
        error = self.reason(caught) if caught else None
        if caught:
            faults.release(caught)
        with self._changed:
            self.loader.finish(task, built)
            for job in list(self.queue.waiting) if error else ():
                if job.request.model == task.request:
                    self.queue.end(job, error)
            self._changed.notify_all()

    def _wanted(self, task: LoadTask) -> bool:
        waiting = list(self.queue.waiting)
        return any(job.request.model == task.request and not job.cancelled for job in waiting)
