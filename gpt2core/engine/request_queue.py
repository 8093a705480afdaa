"""Admission: jobs that wait and run, who is served next, and who is refused.

A job is one request with its visitor. Its model is loaded first, then its sequence, if it has one, is
decoded; the scheduler moves it, and whoever asked reads it.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from gpt2core.engine.batch import Sequence
from gpt2core.engine.model_pool import LoadedModel
from gpt2core.errors import ConfigError
from gpt2core.model.weights import BuiltModel
from gpt2core.runtime.settings import SETTINGS, Settings
from gpt2core.serving.messages import BuildRequest, Request, Visitor

log = logging.getLogger(__name__)
_ids = itertools.count(1)


class LoadTask:
    """A model being loaded, and how far it is, 0 to 1."""

    def __init__(self, request: BuildRequest, *, pack: bool) -> None:
        self.request, self.pack, self.progress = request, pack, 0.0


class Job:
    """One request on its way, written by the scheduler and read by whoever asked."""

    def __init__(
        self, request: Request, visitor: Visitor, sequence: Sequence | None, *, asked: float,
        job_id: int | None = None,
    ) -> None:  # fmt: skip
        self.id = next(_ids) if job_id is None else job_id  # in the logs
        self.request, self.visitor, self.sequence = request, visitor, sequence
        self.asked = asked  # when it came, or began to run; in the scheduler's clock
        self.position: int | None = None  # in line, from 1
        self.load_task: LoadTask | None = None  # the model it waits for
        self.loaded: LoadedModel | None = None  # the model, while the job runs
        self.built: BuiltModel | None = None
        self.reused = False  # the model was there already
        self.error: ConfigError | None = None
        self.cancelled = False
        self._held: LoadedModel | None = None
        self.changed, self.first_token, self.ended = (threading.Event() for _ in range(3))
        if sequence is not None:
            sequence.on_token = self._on_token

    def _on_token(self) -> None:
        self.first_token.set()
        self.changed.set()

    def hold(self, loaded: LoadedModel | None) -> None:
        """Keeps a model from being dropped while somebody looks at it; None lets it go."""
        if self._held is not None:
            self._held.holders -= 1
        self._held = loaded
        if loaded is not None:
            loaded.holders += 1
            self.built, self.reused = loaded.built, self.load_task is None

    def end(self, error: ConfigError | None = None) -> None:
        self.error = self.error or error
        self.position = self.loaded = None
        for event in (self.ended, self.first_token, self.changed):
            event.set()


class RequestQueue:
    """Waiting and running jobs. A visitor has at most one of each; a newer one replaces the waiting one."""

    def __init__(self, settings: Settings = SETTINGS, now: Callable[[], float] = time.monotonic) -> None:
        self.waiting: list[Job] = []
        self.running: list[Job] = []
        self._settings, self._now = settings, now

    def add(self, job: Job) -> None:
        """Raises ConfigError where too many wait and run already."""
        session, address = job.visitor.session, job.visitor.address
        replaced = [j for j in self.waiting if session is not None and j.visitor.session == session]
        everybody = self.waiting + self.running
        neighbours = sum(j.visitor.address == address for j in everybody)
        most, most_here = self._settings.max_jobs, self._settings.max_jobs_per_address
        if len(everybody) - len(replaced) >= most:
            raise ConfigError("busy", "", len(everybody), maximum=most)
        if neighbours - len(replaced) >= most_here:
            raise ConfigError("busy_address", "", neighbours, maximum=most_here)
        for older in replaced:
            self.end(older, ConfigError("replaced", "", ""))
        self.waiting.append(job)
        self.update_positions()

    @property
    def n_jobs(self) -> int:
        return len(self.waiting) + len(self.running)

    def order(self) -> list[Job]:
        """Who waits, the next one first: by turns between addresses, else as they came."""
        served = Counter(job.visitor.address for job in self.running)
        ranks: list[tuple[int, int]] = []
        for n, job in enumerate(self.waiting):
            ranks.append((served[job.visitor.address], n))
            served[job.visitor.address] += 1
        return [self.waiting[n] for _, n in sorted(ranks)]

    def may_start(self, job: Job) -> bool:
        """Whether its visitor has nothing running."""
        session = job.visitor.session
        return session is None or all(j.visitor.session != session for j in self.running)

    def start(self, job: Job, loaded: LoadedModel) -> None:
        self.waiting.remove(job)
        self.running.append(job)
        now = self._now()
        log.info("job %d: runs after %.1f s in line", job.id, now - job.asked)
        job.loaded, job.position, job.asked = loaded, None, now
        self.update_positions()

    def end(self, job: Job, error: ConfigError | None = None) -> None:
        for jobs in (self.waiting, self.running):
            if job in jobs:
                jobs.remove(job)
        job.end(error)
        log.info("job %d: %s", job.id, f"ended, {job.error.code}" if job.error else "ended")
        self.update_positions()

    def end_waiting(self, error: ConfigError, model: BuildRequest | None = None) -> None:
        """Ends all who wait, or those who wait for `model`."""
        for job in [j for j in self.waiting if model in (None, j.request.model)]:
            self.end(job, error)

    def waits_for(self, model: BuildRequest) -> bool:
        return any(job.request.model == model and not job.cancelled for job in list(self.waiting))

    def update_positions(self) -> None:
        for position, job in enumerate(self.order(), 1):
            if job.position != position:
                job.position = position
                job.changed.set()
