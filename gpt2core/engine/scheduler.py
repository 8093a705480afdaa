"""Schedules everybody's jobs on one device: one thread decodes all of them together, a token each in turn.

A newcomer's prompt is prefilled in chunks between the others' steps, and sequences join and leave
between two steps. Memory is reserved before anything is taken: what fits later waits in line, what
never fits is refused at once. Whose turn it is goes by what each address has had (fair_share.py).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from collections.abc import Sequence as Rows

from gpt2core.counting.footprint import pool_bytes, ready_bytes
from gpt2core.engine import faults
from gpt2core.engine.active_run import MakeTraining
from gpt2core.engine.admission import Admission
from gpt2core.engine.counters import Counters
from gpt2core.engine.decoding_loop import DecodingLoop
from gpt2core.engine.job import Job, LoadTask, Work
from gpt2core.engine.memory import check_dtype, check_request
from gpt2core.engine.model_loader import ModelLoader
from gpt2core.engine.model_pool import LoadedModel, ModelPool
from gpt2core.engine.request_queue import RequestQueue
from gpt2core.engine.run_store import RunStore, store_bytes
from gpt2core.engine.sequence import Sequence
from gpt2core.engine.shares import Shares
from gpt2core.engine.training_runs import TrainingRuns
from gpt2core.engine.work_runner import WorkRunner
from gpt2core.errors import ConfigError
from gpt2core.model.weights import BuiltModel
from gpt2core.runtime.arena import Arena
from gpt2core.runtime.device import free_bytes, pick_device
from gpt2core.runtime.heartbeat import Heartbeat, WatchClock
from gpt2core.runtime.settings import SETTINGS, Settings
from gpt2core.serving.messages import GenerateRequest, Request, Visitor
from gpt2core.serving.messages.wire import WATCH_SECONDS

log = logging.getLogger(__name__)


class Scheduler:
    """`submit` a request and read its Job, from any thread. `keep_warm`: see runtime/arena.py."""

    def __init__(
        self, limit_bytes: int | None = None, device: str | None = None, *,
        make_training: MakeTraining | None = None, keep_warm: bool = False,
        settings: Settings = SETTINGS, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.device = pick_device(device)
        self.limit_bytes = limit_bytes or pool_bytes(free_bytes(self.device), settings.memory_share)
        self.arena = Arena(ready_bytes(self.limit_bytes) if keep_warm else 0, self.limit_bytes, self.device)
        self.counters = Counters()
        self.broken = False  # this process has to make way for another
        self._settings, self._now, self._closing = settings, now, False
        self._changed = threading.Condition()
        self._clock = WatchClock(WATCH_SECONDS)
        decoding, loading = (Heartbeat(name, self._clock) for name in ("decoding", "loading"))
        self._heartbeats = decoding, loading
        self.queue = RequestQueue(settings, now)
        self.shares = Shares(
            self._changed, self.queue, lambda: [task.request for task in self.loader.tasks]
        )
        self.store = RunStore(store_bytes(self.limit_bytes))
        self.pool = ModelPool(self.limit_bytes, now, self.queue.waits_for, lambda: self.store.n_bytes)
        self.loader = ModelLoader(
            self.pool, self.device, self._changed, self.queue.seconds_behind,
            self.shares.load_may_go_on, self.shares.charge_load, self._on_loaded, self.queue.touch,
            self._lose, loading, self.arena, lambda: not self.queue.n_jobs, self.store,
        )  # fmt: skip
        self._works = WorkRunner(
            self.shares.work_may_go_on, self.shares.charge_work, self._on_done, self._lose
        )
        self.trainings = TrainingRuns(
            self._changed, self.queue, self.pool, self.store, self.device, make_training, self.reason,
            lambda: bool(self.loader.tasks or self._works.current), now,
        )  # fmt: skip
        admission = self._admission = Admission(
            self.queue, self.pool, self.loader, self._works, self.trainings, self.device, settings, now
        )
        self._loop = DecodingLoop(
            self._changed, self.queue, self.pool, admission, self.trainings, decoding, settings, self._fail,
            self._lose, self.arena, now,
        )  # fmt: skip

    def submit(
        self, request: Request, ids: list[int] | None = None, visitor: Visitor | None = None, *,
        job_id: int | None = None, work: Work | None = None, generated: Rows[Rows[int]] = (),
    ) -> Job:  # fmt: skip
        """Puts a request into the queue; `ids` is the prompt of one that generates, `generated` what its
        rows have already. Raises ConfigError where it can never be served, or too many wait already."""
        visitor, sequence = visitor or Visitor(), None
        if isinstance(request, GenerateRequest):
            sequence = Sequence(
                ids or [], request.options, request.config, generated=generated, owner=visitor.address
            )
        check_dtype(request.model, self.device)
        check_request(request, sequence, work.n_bytes if work else 0, self.limit_bytes)
        job = Job(request, visitor, sequence, asked=self._now(), job_id=job_id, work=work)
        with self._changed:
            if self._closing or self.broken:
                raise ConfigError("closing" if self._closing else "died", "", "")
            self.queue.add(job)
            log.info("job %d: admitted, %s, position %s", job.id, type(request).__name__, job.position)
            self._changed.notify_all()
        return job

    def cancel(self, job: Job) -> None:
        """Ends a job whatever its state: its slots are free, its load is given up, and the model it holds
        is let go, within a moment. Whoever has submitted one calls this in the end."""
        with self._changed:
            job.cancelled = True
            if self._works.current is not job:
                job.hold(None)
            self.queue.touch()
            self._changed.notify_all()

    def forget(self, source: str) -> None:
        """A visitor's own text is gone, and what was learnt from it; who generates with it still ends."""
        with self._changed:
            runs = self.store.forget(source)
            self.trainings.forget(source)
            for loaded in self.pool.of_runs(runs):
                self.pool.drop(loaded)

    def reason(self, error: Exception) -> ConfigError:
        """What a visitor is told of a failure."""
        self.broken = self.broken or faults.poisons(error)
        return ConfigError("died", "", "") if self.broken else faults.reason(error)

    def _reported(self, caught: Exception | None) -> ConfigError | None:
        if caught is None:
            return None
        error = self.reason(caught)
        faults.release(caught)
        return error

    def stuck_threads(self) -> list[str]:
        """The names of threads that do not go on; to be called every WATCH_SECONDS."""
        self._clock.advance()
        return [heartbeat.name for heartbeat in self._heartbeats if heartbeat.stale]

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
        self._works.close()
        self.loader.close()
        self._loop.close(5.0)

    def _lose(self) -> None:
        """Nothing is computed here any more."""
        self.broken = True
        with self._changed:
            for job in self.queue.waiting + self.queue.running:
                self.queue.end(job, ConfigError("died", "", ""))

    def _fail(self, loaded: LoadedModel, error: Exception) -> None:
        """Ends all jobs of a model that could not go on, and frees it."""
        reason = self.reason(error)
        with self._changed:
            for job in [job for job in self.queue.running if job.loaded is loaded]:
                self.queue.end(job, reason)
            self.pool.drop(loaded)
        faults.release(error)

    def _on_loaded(self, task: LoadTask, built: BuiltModel | None, caught: Exception | None) -> None:
        error = self._reported(caught)
        with self._changed:
            if task not in self.loader.tasks:
                return  # it was given up meanwhile
            self.loader.finish(task)
            if built is not None:
                self.pool.put(task.request, LoadedModel(built, pack=task.pack, counters=self.counters))
            if error:
                self.queue.end_waiting(error, task.request)
            self._admission.admit_those_of(task.request)
            self.queue.touch()
            self._changed.notify_all()

    def _on_done(self, job: Job, result: object, caught: Exception | None) -> None:
        error = self._reported(caught)
        with self._changed:
            self._works.current, job.result = None, result
            job.hold(None)
            self.queue.end(job, error)
            self._changed.notify_all()
        self.arena.after_drop()  # of what it took for itself
