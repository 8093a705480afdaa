"""Where several page processes and several engines meet: which jobs there are, by address, and how each
engine does. Small, and made anew from what pages and engines say within a second if it is lost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gpt2core.serving.messages.wire import EngineStatus

REPORT_SECONDS = 0.5  # how often pages and engines report
_SILENT_SECONDS = 5.0  # who says nothing for so long is gone, and with a page its jobs


@dataclass(frozen=True)
class Refusal:
    """Why a job is not let in, as ConfigError has it."""

    code: str
    value: int
    maximum: int


@dataclass
class EngineReport:
    """What an engine says of itself."""

    status: EngineStatus = field(default_factory=EngineStatus)
    ready: bool = False
    restarts: int = 0


@dataclass
class _Engine:
    report: EngineReport
    seen: float
    # Seconds that addresses which are here have had of other engines, until it is told.
    elsewhere: dict[str, float] = field(default_factory=dict)


@dataclass
class _Page:
    jobs: dict[int, str]  # addresses by the page's own number of a job
    seen: float


class JobRegistry:
    """`max_jobs` are those of one engine, `max_jobs_per_address` those of one address in all. Not for
    several threads at once."""

    def __init__(
        self, max_jobs: int, max_jobs_per_address: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_jobs, self._max_per_address, self._now = max_jobs, max_jobs_per_address, now
        self._pages: dict[str, _Page] = {}
        self._counts: Counter[str] = Counter()  # of all their jobs, by address
        self._engines: dict[str, _Engine] = {}

    def admit(self, page: str, job_id: int, address: str) -> Refusal | None:
        """Counts a job, from now on until `release`; why not, if there are too many."""
        self._forget_silent()
        jobs = self._page(page).jobs
        everybody, neighbours = self._counts.total(), self._counts[address]
        most = self._max_jobs * max(1, len(self._engines))
        if everybody >= most:
            return Refusal("busy", everybody, most)
        if neighbours >= self._max_per_address:
            return Refusal("busy_address", neighbours, self._max_per_address)
        jobs[job_id] = address
        self._counts[address] += 1
        return None

    def release(self, page: str, job_id: int) -> None:
        jobs = self._pages[page].jobs if page in self._pages else {}
        if job_id in jobs:
            self._counts -= Counter([jobs.pop(job_id)])  # which keeps no address without jobs

    def report_page(self, page: str, jobs: Mapping[int, str]) -> dict[str, EngineReport]:
        """The page lives, and these are its jobs; how all engines do."""
        self._counts = self._counts - Counter(self._page(page).jobs.values()) + Counter(jobs.values())
        self._page(page).jobs = dict(jobs)
        self._forget_silent()
        return {name: engine.report for name, engine in self._engines.items()}

    def report_engine(self, name: str, report: EngineReport) -> tuple[frozenset[str], dict[str, float]]:
        """The engine lives. Which pages do, and what addresses have had of others since it last asked."""
        # Of one that is new here nothing is told yet: a registry before this may have told it.
        engine = self._engines.setdefault(name, _Engine(report, self._now()))
        before, now = engine.report.status.seconds_had, report.status.seconds_had
        for address, seconds in now.items():
            more = seconds - before.get(address, 0.0)
            for other_name, other in self._engines.items():
                if other_name != name and more > 0 and address in other.report.status.seconds_had:
                    other.elsewhere[address] = other.elsewhere.get(address, 0.0) + more
        engine.report, engine.seen = report, self._now()
        elsewhere, engine.elsewhere = engine.elsewhere, {}
        self._forget_silent()
        return frozenset(self._pages), elsewhere

    def _page(self, page: str) -> _Page:
        known = self._pages.setdefault(page, _Page({}, self._now()))
        known.seen = self._now()
        return known

    def _forget_silent(self) -> None:
        since = self._now() - _SILENT_SECONDS
        for name in [name for name, page in self._pages.items() if page.seen < since]:
            self._counts -= Counter(self._pages.pop(name).jobs.values())
        self._engines = {name: engine for name, engine in self._engines.items() if engine.seen >= since}


def total(statuses: list[EngineStatus]) -> EngineStatus:
    """All engines as one."""
    if not statuses:
        return EngineStatus()
    first = statuses[0]
    summed = {
        name: sum(getattr(status, name) for status in statuses)
        for name in ("steps_decoded", "tokens_generated", "tokens_prefilled", "tokens_resumed", "running",
                     "waiting", "reserved_bytes", "kept_bytes", "limit_bytes", "taken_bytes")
    }  # fmt: skip
    offered = [dtype for dtype in first.dtypes if all(dtype in status.dtypes for status in statuses)]
    return EngineStatus(first.device_name, tuple(offered), **summed)
