"""The thread that decodes: round after round it ends what is over, admits who waits, and gives one model
its turn on the device."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping

from gpt2core.engine.admission import Admission
from gpt2core.engine.batch import Batch
from gpt2core.engine.model_pool import LoadedModel, ModelPool
from gpt2core.engine.request_queue import RequestQueue
from gpt2core.engine.training_runs import TrainingRuns
from gpt2core.engine.turn import take_turn
from gpt2core.errors import ConfigError
from gpt2core.runtime.arena import Arena
from gpt2core.runtime.device import usable_cores, use_cores
from gpt2core.runtime.heartbeat import Heartbeat
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import PREFILL_CHUNK

log = logging.getLogger(__name__)
_IDLE_SECONDS = 5.0  # between two looks where nothing happens
_ROUND_SECONDS = 10.0  # longest between two turns: memory of what is dropped goes back
_ONCE_SECONDS = 30.0  # for what a model's first pass loads, and the capture of a step
_SLOWEST_FLOPS, _SLOWEST_BYTES = 2e10, 2e8  # a second, computed and taken: what is slower is taken to hang
# A step of fewer FLOPs is one core's: two are no faster, and where others want the cores as well they wait
# for each other, a time slice at each matrix: 250 tokens of a tiny model took over 20 s.
_SHARED_FLOPS = 4_000_000
# Addresses that differ by less have had the same: their models then simply take turns.
_ALIKE_SECONDS = 0.1


class DecodingLoop:
    """`changed` is the lock of all that it is given. `failed` is called with a model that could not go on,
    `lost` when the thread itself cannot."""

    def __init__(
        self, changed: threading.Condition, queue: RequestQueue, pool: ModelPool, admission: Admission,
        trainings: TrainingRuns, heartbeat: Heartbeat, settings: Settings,
        failed: Callable[[LoadedModel, Exception], None],
        lost: Callable[[], None], arena: Arena, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._changed, self._queue, self._pool, self._admission = changed, queue, pool, admission
        self._trainings = trainings
        self._heartbeat, self._settings, self._now = heartbeat, settings, now
        self._failed, self._lost, self._arena = failed, lost, arena
        self._closing = False
        self._turn, self._cores, self._dropped = 0, 0, 0
        self._thread = threading.Thread(target=self._run, name="decoding", daemon=True)
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Ends when nothing runs any more; waits for that for so long."""
        self._closing = True
        with self._changed:
            self._changed.notify_all()
        self._thread.join(seconds)

    def admit(self) -> None:
        with self._changed:
            self._admission.admit()

    def jobs_wait(self) -> bool:
        return bool(self._queue.waiting)

    def before_pass(self, batch: Batch) -> None:
        flops = PREFILL_CHUNK * batch.flops_per_token
        once = _ONCE_SECONDS if batch.is_new else 0.0
        is_large = batch.flops_per_token * batch.n_rows >= _SHARED_FLOPS
        self._use_cores(usable_cores() if is_large else 1)
        work = flops / _SLOWEST_FLOPS + batch.bytes_coming / _SLOWEST_BYTES
        self._heartbeat.beat(self._settings.stall_seconds + work + once)

    def after_pass(self, work: Mapping[str, int], seconds: float) -> None:
        with self._changed:
            self._queue.fair.charge(work, seconds)

    def others_first(self, batch: Batch) -> bool:
        mine = self._least(batch)
        return any(self._least(m.batch) < mine for m in self._pool if m.batch.sequences)

    def _least(self, batch: Batch) -> float:
        return min((self.priority(sequence.owner) for sequence in batch.sequences), default=0.0)

    def owners_now(self, batch: Batch) -> Collection[str] | None:
        """Where one address has most of the rows, and has had more than others, it waits for them: a step
        of a few rows is a short one."""
        rows = batch.rows_by_owner
        if len(rows) < 2:
            return None
        ((owner, most),) = rows.most_common(1)
        if 2 * most <= rows.total():
            return None
        had = self._queue.fair.seconds(owner)
        return {o for o in rows if self._queue.fair.seconds(o) < had - _ALIKE_SECONDS} or None

    def priority(self, owner: str) -> float:
        return self._queue.fair.seconds(owner) // _ALIKE_SECONDS

    def _run(self) -> None:
        self._use_cores(usable_cores())  # for this thread; see `service.use_one_core`
        try:
            while not (self._closing and not self._queue.running):
                self._round()
        except BaseException as error:
            log.critical("the decoding thread ends", exc_info=error)
            self._lost()

    def _use_cores(self, n: int) -> None:
        if n != self._cores:
            use_cores(n)
            self._cores = n

    def _round(self) -> None:
        self._heartbeat.beat(_ROUND_SECONDS)
        with self._changed:
            self._end_finished()
            self._admission.admit()
            more_to_tell = self._queue.tell_positions()
            loaded = self._next_model()
            if loaded is None and not self._trainings.active:
                self._heartbeat.rest()
                # Who closes may have said so before what ran was ended just now.
                if not self._pool.drop_idle(self._settings.idle_model_seconds) and not self._closing:
                    self._changed.wait(_IDLE_SECONDS if more_to_tell is None else more_to_tell)
            dropped, used = self._pool.n_dropped, self._pool.n_bytes
        if dropped != self._dropped:
            self._dropped = dropped
            self._arena.after_drop()
        self._arena.keep_within(used)
        if loaded is not None:
            try:
                take_turn(loaded.batch, self)
            except Exception as error:
                self._failed(loaded, error)
        if self._trainings.active:
            self._train(beside=loaded is not None)

    def _train(self, *, beside: bool) -> None:
        """A slice of training, if it is its turn; `beside`: somebody decodes."""
        rest = self._trainings.seconds_to_rest(beside=beside)
        if rest > 0:
            if not beside:
                with self._changed:
                    self._changed.wait(rest)
            return
        work = self._trainings.step_flops / _SLOWEST_FLOPS
        self._heartbeat.beat(self._settings.stall_seconds + work + _ONCE_SECONDS)
        begin = time.monotonic()
        self.after_pass(self._trainings.turn(beside=beside), time.monotonic() - begin)

    def _next_model(self) -> LoadedModel | None:
        """That of the address which has had least; of those alike, the one whose turn is longest ago."""
        busy = [loaded for loaded in self._pool if loaded.batch.sequences]
        if not busy:
            return None
        loaded = min(busy, key=lambda m: (self._least(m.batch), m.turn))
        self._turn += 1
        loaded.turn = self._turn
        return loaded

    def _end_finished(self) -> None:
        """Ends what is finished, cancelled, or takes too long."""
        longest, now = self._settings.max_job_seconds, self._now()

        def late(code: str) -> ConfigError:
            return ConfigError(code, "", "", seconds=int(longest))

        for job in list(self._queue.waiting):
            if job.cancelled or job.asked < now - longest:
                self._queue.end(job, None if job.cancelled else late("waited"))
        for job in list(self._queue.running):
            too_late = job.ran_before + now - job.asked > longest
            if job.watches:
                if job.cancelled or too_late:
                    self._trainings.leave(job)
                    self._queue.end(job, None if job.cancelled else late("deadline"))
            elif job.sequence is None:  # its work hears of it
                job.error = job.error or (late("deadline") if too_late else None)
                job.cancelled = job.cancelled or too_late
            elif job.cancelled or job.sequence.finished or too_late:
                assert job.loaded is not None
                job.loaded.batch.remove(job.sequence)
                over = job.cancelled or job.sequence.finished
                self._queue.end(job, None if over else late("deadline"))
