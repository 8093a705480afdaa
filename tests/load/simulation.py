"""Students, page processes and engines as discrete events. Jobs go to engines as
serving/ray_engine/router.py sends them."""

from __future__ import annotations

import bisect
import hashlib
import random
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import simpy
from simulated_engine import Engine, Job, Machine

from gpt2core.serving.ray_engine.bounded_load import bound

_EVENTS, _EVENT_SECONDS = 10, 0.8  # of a text in a class, and between two of them
_POINTS = 100  # of each engine on the ring


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
    """What students meet. `page_seconds` is what a text costs a page process: before an engine hears of it,
    for its first token, and for all others. `together`: a page has one of the engine's two cores when it
    needs it."""

    machine: Machine
    engines: int
    pages: int = 1
    page_seconds: tuple[float, float, float] = (0.005, 0.0015, 0.006)
    together: bool = False


@dataclass
class Found:
    jobs: list[Job]
    builds: int
    seconds: float

    def first_p95(self, after: float = 0.0) -> float:
        """Seconds until the first text, of those who pressed `after` so many."""
        firsts = sorted(
            (job.first if job.first is not None else self.seconds) - job.asked
            for job in self.jobs if job.asked >= after
        )  # fmt: skip
        return firsts[int(0.95 * len(firsts))]


def simulate(site: Site, presses: list[tuple[float, int]], tokens: int = 50, rest: float = 60.0) -> Found:
    """What becomes of presses, each a time and a model, `rest` seconds after the last at the latest."""
    env = simpy.Environment()
    pages = [simpy.Resource(env) for _ in range(site.pages)]
    beside = pages[0] if site.together else None
    engines = [Engine(env, site.machine, beside) for _ in range(site.engines)]
    for engine in engines:
        env.process(engine.live())
    draw, jobs = random.Random(1), list[Job]()

    def visit(at: float, model: int) -> Generator[Any]:
        yield env.timeout(at)
        job = Job(model, tokens, env.now, env.event())
        jobs.append(job)
        page = draw.choice(pages)
        yield from at_page(page, site.page_seconds[0])
        route(model, engines).submit(job)
        yield job.began
        yield from at_page(page, site.page_seconds[1])
        job.first = env.now
        for _ in range(_EVENTS):
            yield env.timeout(_EVENT_SECONDS)
            yield from at_page(page, site.page_seconds[2] / _EVENTS)

    def at_page(page: simpy.Resource, seconds: float) -> Iterator[Any]:
        with page.request() as turn:
            yield turn
            yield env.timeout(seconds)

    for at, model in presses:
        env.process(visit(at, model))
    last = max(at for at, _ in presses)
    env.run(until=last + rest)
    ends = [job.done for job in jobs if job.done is not None]
    seconds = max(ends) if len(ends) == len(jobs) else env.now
    return Found(jobs, sum(engine.builds for engine in engines), seconds)
