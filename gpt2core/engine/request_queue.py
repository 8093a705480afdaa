"""Admission: jobs that wait and run, who is served next, and who is refused."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable

from gpt2core.engine.fair_share import FairShare
from gpt2core.engine.job import Job
from gpt2core.engine.model_pool import LoadedModel
from gpt2core.errors import ConfigError
from gpt2core.runtime.settings import SETTINGS, Settings
from gpt2core.serving.messages import BuildRequest

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 10.0  # for so long others may pass a job that does not fit yet
# What a job is taken to cost, in seconds of the engine, when the order of those who wait is made: so an
# address that is a little behind does not have all of its jobs first.
_JOB_SECONDS = 1.0
# With each job that comes or goes all others would hear of a new place, and the server send it: 29 who came
# to 170 that waited had their first text half a second later for that.
_TELL_SECONDS = 0.25


class RequestQueue:
    """Waiting and running jobs. A visitor has at most one of each, and of those that watch a run as many; a
    newer one replaces the waiting one."""

    def __init__(self, settings: Settings = SETTINGS, now: Callable[[], float] = time.monotonic) -> None:
        self.waiting: list[Job] = []
        self.running: list[Job] = []
        self.fair = FairShare()
        self.version = 0  # of all that decides who may start
        self._settings, self._now = settings, now
        self._told_at, self._to_tell = -math.inf, False  # places in line

    def add(self, job: Job) -> None:
        """Raises ConfigError where too many wait and run already."""
        session, address = job.visitor.session, job.address
        replaced = [j for j in self.waiting if session is not None and _same_visitors(j, job)]
        everybody = self.jobs()
        neighbours = sum(j.address == address for j in everybody)
        most, most_here = self._settings.max_jobs, self._settings.max_jobs_per_address
        if len(everybody) - len(replaced) >= most:
            raise ConfigError("busy", "", len(everybody), maximum=most)
        if neighbours - len(replaced) >= most_here:
            raise ConfigError("busy_address", "", neighbours, maximum=most_here)
        for older in replaced:
            self.end(older, ConfigError("replaced", "", ""))
        self.fair.join(address)
        self.waiting.append(job)
        job.position = self.order().index(job) + 1
        self._change()

    def jobs(self) -> list[Job]:
        return self.waiting + self.running

    @property
    def n_jobs(self) -> int:
        return len(self.waiting) + len(self.running)

    def order(self) -> list[Job]:
        """Who waits, the next one first: by what their addresses have had of the engine, else as they
        came."""
        jobs = Counter(job.address for job in self.running)
        ranks: list[tuple[float, int]] = []
        for n, job in enumerate(self.waiting):
            ranks.append((self.fair.seconds(job.address) + _JOB_SECONDS * jobs[job.address], n))
            jobs[job.address] += 1
        return [self.waiting[n] for _, n in sorted(ranks)]

    def may_start(self, job: Job) -> bool:
        """Whether its visitor has nothing running."""
        return job.visitor.session is None or not any(_same_visitors(j, job) for j in self.running)

    def start(self, job: Job, loaded: LoadedModel | None = None) -> None:
        """`job` runs, decoded with the sequences of `loaded` if it has one."""
        self.waiting.remove(job)
        self.running.append(job)
        now = self._now()
        log.info("job %d: runs after %.1f s in line", job.id, now - job.asked)
        job.loaded, job.position, job.asked, job.load_task = loaded, None, now, None
        self._change()

    def pause(self, job: Job) -> None:
        """A running job waits again, behind those who wait already."""
        self.running.remove(job)
        self.waiting.append(job)
        now = self._now()
        log.info("job %d: makes room for others after %.1f s", job.id, now - job.asked)
        job.pause(now)
        self._change()

    def end(self, job: Job, error: ConfigError | None = None) -> None:
        for jobs in (self.waiting, self.running):
            if job in jobs:
                jobs.remove(job)
                self.fair.leave(job.address)
        job.end(error)
        log.info("job %d: %s", job.id, f"ended, {job.error.code}" if job.error else "ended")
        self._change()

    def end_waiting(self, error: ConfigError, model: BuildRequest | None = None) -> None:
        """Ends all who wait, or those who wait for `model`."""
        for job in [j for j in self.waiting if model is None or _wants(j, model)]:
            self.end(job, error)

    def waits_for(self, model: BuildRequest) -> bool:
        return self.seconds_behind(model) is not None

    def seconds_behind(self, model: BuildRequest) -> float | None:
        """What the address that is furthest behind of those who wait for `model` has had; None where
        nobody waits for it."""
        waiting = [j for j in list(self.waiting) if _wants(j, model) and not j.cancelled]
        return min((self.fair.seconds(job.address) for job in waiting), default=None)

    def least(self, loads: Iterable[BuildRequest]) -> float:
        """What the address that is furthest behind of those who decode, or wait for one of the `loads`, has
        had; infinity where there is none."""
        had = [self.fair.seconds(job.address) for job in self.running if job.sequence]
        return min([*had, *(self.seconds_behind(model) or 0.0 for model in loads)], default=math.inf)

    def touch(self) -> None:
        """Something has changed that decides who may start: memory has come free, say."""
        self.version += 1

    def _change(self) -> None:
        self._to_tell = True
        self.touch()

    def tell_positions(self) -> float | None:
        """Tells all who wait their places in line, not more often than anybody could read; in how many
        seconds there is more to tell, None where there is nothing."""
        if not self._to_tell:
            return None
        rest = self._told_at + _TELL_SECONDS - self._now()
        if rest > 0:
            return rest
        for position, job in enumerate(self.order(), 1):
            if job.position != position:
                job.position = position
                job.changed.set()
        self._told_at, self._to_tell = self._now(), False
        return None


def _same_visitors(one: Job, other: Job) -> bool:
    """Whether a visitor can have only one of the two at a time."""
    return one.visitor.session == other.visitor.session and one.watches == other.watches


def _wants(job: Job, model: BuildRequest) -> bool:
    """Whether it waits for this model. A run of training has a model of its own."""
    return job.request.model == model and not job.watches
