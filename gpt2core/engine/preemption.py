"""Makes room for who has had less of the engine: sequences are paused, and go on later from the tokens they
have; loads are given up."""

from __future__ import annotations

import time
from collections.abc import Callable

from gpt2core.engine.job import Job, LoadTask
from gpt2core.engine.model_loader import ModelLoader
from gpt2core.engine.model_pool import LoadedModel, ModelPool, Reservation
from gpt2core.engine.request_queue import PATIENCE_SECONDS, RequestQueue

# How much more of the engine, in seconds, an address must have had than another before it makes room.
_MARGIN_SECONDS = 0.25
_MOST_DOUBLINGS = 5
# Of one address, a job that has run for so long makes room for one that has lost its patience.
_LONG_SECONDS = 20.0


class Preemption:
    """Not for several threads at once: its owner locks."""

    def __init__(
        self, queue: RequestQueue, pool: ModelPool, loader: ModelLoader, max_rows: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._queue, self._pool, self._loader = queue, pool, loader
        self._max_rows, self._now = max_rows, now

    def rows_for(self, job: Job, n: int) -> bool:
        """Whether `n` more rows may be decoded; others may have been paused for it."""
        free = self._max_rows - sum(m.batch.n_rows for m in self._pool)
        victims = self._who_makes_room_for(job) if free < n else []
        if free + sum(len(victim.sequence.options) for victim in victims if victim.sequence) < n:
            return False
        while free < n:
            victim = victims.pop(0)
            assert victim.sequence is not None
            free += len(victim.sequence.options)
            self._pause(victim)
        return True

    def reserve(self, job: Job, n_bytes: int, keep: LoadedModel | None = None) -> Reservation | None:
        """The memory; others may have been paused, or their loads given up, for it."""
        reservation = self._pool.reserve(n_bytes, keep, job.address)
        if reservation is not None:
            return reservation
        victims = self._who_makes_room_for(job)
        tasks = [task for task in self._loader.tasks if self._makes_room_for(job, task)]
        freed = sum(task.reservation.n_bytes for task in tasks)
        emptied = [m for m in self._pool if m.in_use and not m.holders and _used_only_by(m, victims)]
        if not self._pool.would_fit(n_bytes, keep, emptied, freed, job.address):
            return None
        for task in tasks:  # whose memory is free a moment later
            self._give_up(task)
        # One model that is just large enough, rather than several or the largest.
        for loaded in sorted(emptied, key=lambda m: (m.n_bytes < n_bytes, abs(m.n_bytes - n_bytes))):
            for victim in [victim for victim in victims if victim.loaded is loaded]:
                self._pause(victim)
            if (reservation := self._pool.reserve(n_bytes, keep, job.address)) is not None:
                return reservation
        return None

    def _pause(self, job: Job) -> None:
        """Its slots are free, and it waits again with the tokens it has."""
        assert job.sequence is not None
        assert job.loaded is not None
        job.loaded.batch.remove(job.sequence)
        job.sequence.pause()
        self._queue.pause(job)

    def _give_up(self, task: LoadTask) -> None:
        for waiting in self._waiters(task):
            waiting.n_pauses += 1
            waiting.load_task = None
        self._loader.give_up(task)

    def _waiters(self, task: LoadTask) -> list[Job]:
        return [job for job in self._queue.waiting if job.request.model == task.request]

    def _who_makes_room_for(self, job: Job) -> list[Job]:
        """Running jobs whose sequences may be paused for `job`, those of who has had most first."""
        fair, now = self._queue.fair, self._now()
        impatient = now - job.asked > PATIENCE_SECONDS

        def makes_room(other: Job) -> bool:
            if other.sequence is None:
                return False
            if other.address == job.address:
                return impatient and now - other.asked > _LONG_SECONDS
            return self._has_had_more(other, job)

        victims = [other for other in self._queue.running if makes_room(other)]
        return sorted(victims, key=lambda other: (-fair.seconds(other.address), other.asked))

    def _makes_room_for(self, job: Job, task: LoadTask) -> bool:
        return all(self._has_had_more(waiting, job) for waiting in self._waiters(task))

    def _has_had_more(self, other: Job, job: Job) -> bool:
        """By so much that it makes room. Each time it does it is left alone for twice as long: otherwise
        two models that only fit alone would be loaded in turn and never used."""
        margin = _MARGIN_SECONDS * 2.0 ** min(other.n_pauses, _MOST_DOUBLINGS)
        return self._queue.fair.seconds(other.address) > self._queue.fair.seconds(job.address) + margin


def _used_only_by(loaded: LoadedModel, jobs: list[Job]) -> bool:
    sequences = [job.sequence for job in jobs if job.loaded is loaded]
    return all(sequence in sequences for sequence in loaded.batch.sequences)
