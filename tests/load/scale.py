"""Ten thousand students, and a million, simulated from measured service times.

    .venv/bin/python tests/load/scale.py [--check]

`--check` first measures this machine, predicts a class of 100 from that, and lets a class of 100 press.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

from benchmarks import peers, whole_class
from benchmarks.one_visitor import Found as Measured
from benchmarks.running_app import new_seed, running_app
from simulated_engine import Machine
from simulation import Found, Site, simulate

# Rates as the README has them. Prices: Hugging Face Inference Endpoints, intel-spr x2; Lambda, one H100 SXM
# (it was an H200 that was measured). Read in autumn 2026.
CPU = Machine(
    "2 cores with AVX-512 (intel-spr x2)", usd_per_hour=0.067, build_seconds=0.25, prefill_seconds=0.007,
    rates={1: 69, 8: 440, 32: 746, 100: 841}, models=12,
)  # fmt: skip
GPU = Machine(
    "one H200, float32 (at an H100's price)", usd_per_hour=4.29, build_seconds=0.015, prefill_seconds=0.002,
    rates={1: 2494, 4: 7360, 16: 8032, 100: 31_579}, models=60,
)  # fmt: skip
_CELL = 10_000  # students of one cluster: one actor counts the jobs of all its pages
_CLASS, _EVERY, _WITHIN = 30, 60.0, 3.0  # a class presses together, every minute, within so many seconds
_SECONDS, _WARM = 90.0, 30.0  # simulated, and of these not looked at
_MODELS = 1000
# Of a text's twelve events at a page the first is one; a press takes Gradio as long as five.
_PRESS, _EVENT = 0.3, 0.06
_GOAL = 3.0  # p95 of first text


def presses(students: int, popularity: float | None, seconds: float = _SECONDS) -> list[tuple[float, int]]:
    """When which model is asked for. The k-th model is wanted in proportion to k ** -popularity; None: all
    want the same."""
    draw = random.Random(7)
    weights = list(accumulate((k + 1) ** -(popularity or 0.0) for k in range(_MODELS)))
    found = []
    for _ in range(students // _CLASS):
        at = draw.random() * _EVERY
        while at < seconds:
            model = 0 if popularity is None else draw.choices(range(_MODELS), cum_weights=weights)[0]
            found += [(at + draw.random() * _WITHIN, model) for _ in range(_CLASS)]
            at += _EVERY
    return found


def needed(machine: Machine, wanted: list[tuple[float, int]], pages: int) -> tuple[int, Found]:
    """The fewest engines with which the p95 of the first text is what it should be."""
    high = 1
    while (found := simulate(Site(machine, high, pages), wanted, rest=10)).first_p95(_WARM) > _GOAL:
        high *= 2
        assert high < 2**12, "no number of engines is enough"
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        tried = simulate(Site(machine, middle, pages), wanted, rest=10)
        if tried.first_p95(_WARM) <= _GOAL:
            high, found = middle, tried
        else:
            low = middle
    return high, found


_WISHES = {
    "all ask for one model": None, "1,000 models, the k-th wanted 1/k": 1.0, "1,000 models, all alike": 0.0,
}  # fmt: skip


def rows() -> Iterator[str]:
    yield (
        "| 10,000 students, a text a minute | pages | engines | p95 of first text | models built a second "
        "| engines, $ an hour for 1,000 students |"
    )
    yield "|---|---|---|---|---|---|"
    for machine in (CPU, GPU):
        for name, popularity in _WISHES.items():
            engines, found = needed(machine, presses(_CELL, popularity), pages=4)
            usd = engines * machine.usd_per_hour / (_CELL / 1000)
            yield (
                f"| {machine.name}: {name} | 4 | {engines} | {found.first_p95(_WARM):.1f} s "
                f"| {found.builds / _SECONDS:.1f} | {usd:.3f} |"
            )
    for pages in (1, 2, 3, 4):
        found = simulate(Site(GPU, 4, pages), presses(_CELL, 1.0), rest=10)
        yield f"| the second of these with 4 GPUs | {pages} | 4 | {found.first_p95(_WARM):.1f} s | | |"


async def check(rounds: int = 3) -> str:
    """A class of 100 as predicted from the engine alone, and as it is."""
    measured: Measured = defaultdict(list)
    with peers.engine() as engine:
        async with running_app() as app:
            for _ in range(rounds):
                requests = whole_class.everybody(new_seed())
                whole_class.alone(measured, engine, requests)
                one = await app.client.as_page(requests[0] | {"seed": new_seed()})
                measured["one"].append(one.first or float("nan"))
                await whole_class.press(measured, app, requests)
    n = whole_class.SESSIONS
    decoding, alone = median(measured["steps"]), median(measured["alone"])
    server = median(measured["server"]) / n
    prefill = (alone - decoding) / n
    build = median(measured["one"]) - prefill - _PRESS * server
    here = Machine("this one", 0.0, build, prefill, {1: 69, n: n * 49 / decoding}, 12)
    page = (_PRESS * server, _EVENT * server, (1 - _PRESS - _EVENT) * server)
    site = Site(here, 1, 1, page, together=True)
    predicted = simulate(site, [(0.0, 0)] * n)
    seconds, first = median(measured["seconds"]), median(measured["first"])
    return (
        f"| 100 sessions at once | predicted {predicted.seconds:.1f} s, p95 of first text "
        f"{predicted.first_p95():.1f} s | measured {seconds:.1f} s and {first:.1f} s "
        f"| {predicted.seconds / seconds:.2f} and {predicted.first_p95() / first:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        print(asyncio.run(check()), flush=True)
    for row in rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
