"""Who is served next, and who not at all: the line, its ceilings, and the estimate of a job's memory."""

from __future__ import annotations

import threading
import time
from collections import Counter

from gpt2core.batch import Speech
from gpt2core.build import BuiltModel
from gpt2core.config import ConfigError, GPTConfig
from gpt2core.costs import build_bytes, check_memory, run_bytes
from gpt2core.pool import Resident
from gpt2core.requests import MAX_JOBS, MAX_JOBS_PER_ADDRESS, PROMPT_PART, BuildRequest, Request, Visitor

MAX_ROWS = 128  # decoded at one time


class Job:
    """One request on its way, written by the scheduler and read by whoever asked."""

    def __init__(self, request: Request, visitor: Visitor, speech: Speech | None):
        self.request, self.visitor, self.speech = request, visitor, speech
        self.asked = time.monotonic()
        self.place: int | None = None  # in line, from 1
        self.building: Build | None = None  # the build it waits for
        self.resident: Resident | None = None  # the model, while the job runs
        self.built: BuiltModel | None = None
        self.reused = False  # the model was there already
        self.error: ConfigError | None = None
        self.cancelled = False
        self._held: Resident | None = None
        self.news, self.spoke, self.ended = threading.Event(), threading.Event(), threading.Event()
        if speech is not None:
            speech.on_news = self.hear

    def hear(self) -> None:
        """Its speech has said something."""
        self.spoke.set()
        self.news.set()

    def hold(self, resident: Resident | None) -> None:
        """Keeps a model from being dropped while somebody looks at it; None lets it go."""
        if self._held is not None:
            self._held.holders -= 1
        self._held = resident
        if resident is not None:
            resident.holders += 1
            self.built = resident.built

    def end(self, error: ConfigError | None = None) -> None:
        self.error = self.error or error
        self.place = self.resident = None
        for event in (self.ended, self.spoke, self.news):
            event.set()


class Build:
    """A model being built, and how far it is, 0 to 1."""

    def __init__(self, request: BuildRequest, *, pack: bool) -> None:
        self.request, self.pack, self.progress = request, pack, 0.0


class Line:
    """Waiting and running jobs. A visitor has at most one of each; a newer one replaces the waiting one."""

    def __init__(self) -> None:
        self.waiting: list[Job] = []
        self.running: list[Job] = []

    def join(self, job: Job) -> None:
        """Raises ConfigError where too many stand in line already."""
        session, address = job.visitor.session, job.visitor.address
        replaced = [j for j in self.waiting if session is not None and j.visitor.session == session]
        everybody = self.waiting + self.running
        neighbours = sum(j.visitor.address == address for j in everybody)
        if len(everybody) - len(replaced) >= MAX_JOBS:
            raise ConfigError("busy", "", len(everybody), maximum=MAX_JOBS)
        if neighbours - len(replaced) >= MAX_JOBS_PER_ADDRESS:
            raise ConfigError("busy_address", "", neighbours, maximum=MAX_JOBS_PER_ADDRESS)
        for older in replaced:
            self.end(older, ConfigError("replaced", "", ""))
        self.waiting.append(job)
        self.tell_places()

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

    def start(self, job: Job, resident: Resident) -> None:
        self.waiting.remove(job)
        self.running.append(job)
        job.resident, job.place, job.asked = resident, None, time.monotonic()
        self.tell_places()

    def end(self, job: Job, error: ConfigError | None = None) -> None:
        for jobs in (self.waiting, self.running):
            if job in jobs:
                jobs.remove(job)
        job.end(error)
        self.tell_places()

    def tell_places(self) -> None:
        for place, job in enumerate(self.order(), 1):
            if job.place != place:
                job.place = place
                job.news.set()


def need_bytes(config: GPTConfig, speech: Speech | None) -> int:
    """Memory, in bytes, that a job takes when nothing of it is there yet."""
    if speech is None:
        return build_bytes(config)
    n = len(speech.ids)
    return run_bytes(
        config, speech.room, rows=len(speech.options), fresh=False, n_prompt=n, n_fed=min(n, PROMPT_PART)
    )


def check_fits(config: GPTConfig, speech: Speech | None, limit: int) -> None:
    """Raises ConfigError('memory') for what would not fit into `limit` bytes if it were alone."""
    check_memory(config, limit, lambda shape: need_bytes(shape, speech))
