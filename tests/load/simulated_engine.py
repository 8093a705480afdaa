"""One engine as discrete events, with measured service times: it gives its models turns as engine/turn.py
does, newcomers' prompts first, then steps that all rows of a model share."""

from __future__ import annotations

import bisect
from collections import OrderedDict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import simpy

from gpt2core.runtime.settings import SETTINGS

_TURN_SECONDS, _PREFILL_SECONDS = 0.05, 0.5  # a model's turn at most: its steps, and prompts before them
_SLICE_SECONDS = 0.01  # in which a page may take a core from an engine


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
    began: simpy.Event  # its first token is there
    first: float | None = None  # when the visitor has seen it
    done: float | None = None


@dataclass
class Engine:
    env: simpy.Environment
    machine: Machine
    beside: simpy.Resource | None = None  # a page process on the same two cores
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

    def _work(self, seconds: float) -> Iterator[Any]:
        """On both cores, or on one while the page has the other."""
        if self.beside is None:
            yield self.env.timeout(seconds)
            return
        while seconds > 0:
            part = min(seconds, _SLICE_SECONDS)
            yield self.env.timeout(part * (2 if self.beside.count else 1))
            seconds -= part

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
            yield from self._work(self.machine.prefill_seconds * len(newcomers))
        for job in newcomers:
            job.tokens -= 1
            job.began.succeed()
        rows += newcomers
        if others:
            self.waiting[model] = others + self.waiting.pop(model, [])
        if rows:
            step = self.machine.step_seconds(len(rows))
            steps = max(1, min(int(_TURN_SECONDS / step), *(max(1, job.tokens) for job in rows)))
            yield from self._work(step * steps)
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
            yield from self._work(self.machine.build_seconds)
            if len(self.loaded) >= self.machine.models:
                idle = next((m for m in self.loaded if m not in self.rows), next(iter(self.loaded)))
                del self.loaded[idle]
        self.loaded[model] = None
        self.loaded.move_to_end(model)
