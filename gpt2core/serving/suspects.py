"""Finds the job that ends the engine's process, by trying the suspects in halves.

A process that ends once may have been ended from outside: everybody goes on. Where the same jobs are there
when the next one ends, and have got nowhere in between, one of them may be the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

_CLEARED_SECONDS = 2.0  # who has gone on for so long does not end the process
_TRIAL_SECONDS = 30.0  # who has not ended the process in so long neither
_CONVICTED = 2  # deaths of a process with only this suspect in it


class Suspects:
    """Jobs are known by their ids. Those that `may_run` says no to wait until it says yes."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._suspects: set[int] = set()  # not cleared since the last death
        self._trial: set[int] | None = None  # those of them that run; None: all do
        self._trial_began = 0.0
        self._progressed: dict[int, float] = {}  # when, in this process
        self._cleared: set[int] = set()  # of those in this process
        self._deaths_alone = 0

    def may_run(self, job_id: int) -> bool:
        return self._trial is None or job_id in self._trial or job_id in self._cleared

    @property
    def on_trial(self) -> bool:
        return self._trial is not None

    def progressed(self, job_id: int) -> None:
        """The job has a token more."""
        self._progressed.setdefault(job_id, self._now())

    def ended(self, job_id: int) -> None:
        """The job is over, or nobody waits for it any more."""
        self._suspects.discard(job_id)
        self._cleared.discard(job_id)
        self._progressed.pop(job_id, None)

    def died(self, present: Iterable[int], in_line: Iterable[int] = ()) -> int | None:
        """The process has ended with these jobs in it, of which some had not begun (`in_line`). The job
        that has ended it, once that is sure."""
        self._clear()
        uncleared = set(present) - self._cleared
        begun = (uncleared - set(in_line)) or uncleared
        again = (self._trial if self._trial is not None else self._suspects) & uncleared
        alone = len(again) == len(uncleared) == 1
        self._progressed.clear()
        if not again:  # nobody who was there last time, or all have gone on meanwhile
            self._suspects, self._trial, self._deaths_alone = begun, None, 0
            self._cleared.clear()
            return None
        if self._trial is not None:
            self._suspects = set(again)
        else:
            self._suspects = (self._suspects & begun) or again
        self._deaths_alone = self._deaths_alone + 1 if alone else 0
        if self._deaths_alone >= _CONVICTED:
            (convicted,) = again
            self._suspects, self._trial, self._deaths_alone = set(), None, 0
            return convicted
        self._try_half()
        return None

    def look(self) -> bool:
        """To be called now and then; whether others may run than before."""
        if self._trial is None:
            return False
        self._clear()
        waited = self._now() - self._trial_began > _TRIAL_SECONDS
        if self._trial & self._suspects and not waited:
            return False
        self._suspects -= self._trial
        self._cleared |= self._trial
        self._deaths_alone = 0
        if self._suspects:
            self._try_half()
        else:
            self._trial = None
            self._cleared.clear()
        return True

    def _clear(self) -> None:
        now = self._now()
        gone_on = {id_ for id_, since in self._progressed.items() if now - since > _CLEARED_SECONDS}
        self._cleared |= gone_on
        self._suspects -= gone_on

    def _try_half(self) -> None:
        ordered = sorted(self._suspects)
        self._trial = set(ordered[: (len(ordered) + 1) // 2])
        self._trial_began = self._now()
