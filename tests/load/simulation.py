"""Students, page processes and engines as discrete events: what the app does, with measured service times.

An engine gives its models turns as engine/turn.py does: newcomers' prompts, then steps that all rows of a
model share. Jobs go to engines as serving/ray_engine/router.py sends them.
"""

from __future__ import annotations

import bisect
import hashlib
import random
from collections import OrderedDict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import simpy

from gpt2core.runtime.settings import SETTINGS
from gpt2core.serving.ray_engine.bounded_load import bound

_TURN_SECONDS, _PREFILL_SECONDS = 0.05, 0.5  # a model's turn at most: its steps, and prompts before them
_POINTS = 100  # of each engine on the ring


@dataclass(frozen=True)
class Machine:
    """What was measured of one kind of engine with GPT-2 Small."""

    name: str
    usd_per_hour: float
    build_seconds: float
    prefill_seconds: float  # a prompt of some ten tokens
    rates: dict[int, float]  # tokens a second by rows that are decoded together
    models: int  # that its memory holds

    def step_seconds(self, rows: int) -> float:
        """Between what was measured, in proportion."""
        known = sorted(self.rates)
        after = min(bisect.bisect_left(known, rows), len(known) - 1)
        times = [n / self.rates[n] for n in known]
        if rows >= known[-1] or after == 0:
            return times[after] * max(1.0, rows / known[after])
        n, m = known[after - 1], known[after]
        return times[after - 1] + (times[after] - times[after - 1]) * (rows - n) / (m - n)


@dataclass
class Job:
    model: int
    tokens: int
    asked: float
    first: float | None = None
    done: float | None = None


@dataclass
class Engine:
    env: simpy.Environment
    machine: Machine
    jobs: int = 0
    builds: int = 0
    waiting: dict[int, list[Job]] = field(default_factory=dict)  # by model: no token yet
    rows: dict[int, list[Job]] = field(default_factory=dict)  # by model: decoding
    loaded: OrderedDict[int, None] = field(default_factory=OrderedDict)
    wake: simpy.Event | None = None

    def submit(self, job: Job) -> None:
        self.jobs += 1
        self.waiting.setdefault(job.model, []).append(job)
        if self.wake is not None and not self.wake.triggered:
            self.wake.succeed()

    def live(self) -> Generator[Any]:
        turn = 0
        while True:
            models = sorted({*self.waiting, *self.rows})
            if not models:
                self.wake = self.env.event()
                yield self.wake
                continue
            yield from self._turn(models[turn % len(models)])
            turn += 1

    def _turn(self, model: int) -> Iterator[Any]:
        yield from self._load(model)
        waiting, rows = self.waiting.pop(model, []), self.rows.setdefault(model, [])
        room = SETTINGS.max_rows - sum(len(each) for each in self.rows.values())
        now = min(int(_PREFILL_SECONDS / self.machine.prefill_seconds) + 1, room)
        newcomers, others = waiting[:now], waiting[now:]
        if newcomers:
            yield self.env.timeout(self.machine.prefill_seconds * len(newcomers))
        for job in newcomers:
            job.first, job.tokens = self.env.now, job.tokens - 1
        rows += newcomers
        if others:
            self.waiting[model] = others + self.waiting.pop(model, [])
        if rows:
            step = self.machine.step_seconds(len(rows))
            steps = max(1, min(int(_TURN_SECONDS / step), *(max(1, job.tokens) for job in rows)))
            yield self.env.timeout(step * steps)
            for job in rows:
                job.tokens -= steps
                job.done = self.env.now if job.tokens <= 0 else None
        left = [job for job in rows if job.done is None]
        self.jobs -= len(rows) - len(left)
        self.rows[model] = left
        if not left:
            del self.rows[model]

    def _load(self, model: int) -> Iterator[Any]:
        if model not in self.loaded:
            self.builds += 1
            yield self.env.timeout(self.machine.build_seconds)
            if len(self.loaded) >= self.machine.models:
                idle = next((m for m in self.loaded if m not in self.rows), next(iter(self.loaded)))
                del self.loaded[idle]
        self.loaded[model] = None
        self.loaded.move_to_end(model)


@cache
def _ring(n: int) -> tuple[list[int], list[int]]:
    points = sorted((_hash(f"{engine}:{k}"), engine) for engine in range(n) for k in range(_POINTS))
    return [at for at, _ in points], [engine for _, engine in points]


@cache
def _hash(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def route(model: int, engines: list[Engine]) -> Engine:
    """Consistent hashing with bounded loads."""
    at, owners = _ring(len(engines))
    most = bound([engine.jobs for engine in engines])
    start = bisect.bisect(at, _hash(str(model)))
    for offset in range(len(owners)):
        engine = engines[owners[(start + offset) % len(owners)]]
        if engine.jobs < most:
            return engine
    raise AssertionError("one is always below the bound")


@dataclass(frozen=True)
class Site:
    """What students meet: `page_seconds` is what a text costs a page process, the first part of it before
    an engine hears of it."""

    machine: Machine
    engines: int
    pages: int = 1
    page_seconds: tuple[float, float] = (0.005, 0.0075)


@dataclass
class Found:
    jobs: list[Job]
    builds: int
    seconds: float

    def first_p95(self, after: float = 0.0) -> float:
        firsts = sorted(
            (job.first if job.first is not None else self.seconds) - job.asked
            for job in self.jobs if job.asked >= after
        )  # fmt: skip
        return firsts[int(0.95 * len(firsts))]


def simulate(site: Site, presses: list[tuple[float, int]], tokens: int = 50, rest: float = 60.0) -> Found:
    """What becomes of presses, each a time and a model, `rest` seconds after the last at the latest."""
    env = simpy.Environment()
    engines = [Engine(env, site.machine) for _ in range(site.engines)]
    for engine in engines:
        env.process(engine.live())
    pages = [simpy.Resource(env) for _ in range(site.pages)]
    draw, jobs = random.Random(1), list[Job]()

    def visit(at: float, model: int) -> Generator[Any]:
        yield env.timeout(at)
        job = Job(model, tokens, env.now)
        jobs.append(job)
        page = draw.choice(pages)
        with page.request() as turn:
            yield turn
            yield env.timeout(site.page_seconds[0])
        route(model, engines).submit(job)
        with page.request() as turn:  # its events
            yield turn
            yield env.timeout(site.page_seconds[1])

    for at, model in presses:
        env.process(visit(at, model))
    last = max(at for at, _ in presses)
    env.run(until=last + rest)
    ends = [job.done for job in jobs if job.done is not None]
    seconds = max(ends) if len(ends) == len(jobs) else env.now
    return Found(jobs, sum(engine.builds for engine in engines), seconds)
