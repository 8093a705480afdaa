"""A hundred sessions at once, and what the engine does alone with the same; a class that presses in the
first second after the app's start."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import Any

import crowds
from benchmarks import peers
from benchmarks.one_visitor import TEXT, Found, print_memory
from benchmarks.peers import Peer
from benchmarks.running_app import App, cores, new_seed, running_app, start_app
from benchmarks.table import cell, in_turns, print_row, quantile, rates, ratio
from client import Client, Outcome
from gauges import until_ready

SESSIONS = 100


def everybody(seed: int) -> list[dict[str, Any]]:
    return [crowds.student(n, seed=seed, max_new_tokens=TEXT) for n in range(SESSIONS)]


def alone(found: Found, engine: Peer, requests: list[dict[str, Any]]) -> None:
    prompts, temperatures = ([r[key] for r in requests] for key in ("prompt", "temperature"))
    seconds = engine.ask("crowd", prompts=prompts, temperatures=temperatures, tokens=TEXT)
    found["steps"].append(seconds["decode"])
    found["alone"].append(seconds["prefill"] + seconds["decode"])


async def press(found: Found, app: App, requests: list[dict[str, Any]]) -> None:
    """All at once, to the end."""
    await app.client.page_function("generate")  # they have opened the page before
    await app.rest()
    before, begin = app.cpu_seconds(), time.perf_counter()
    outcomes = await crowds.all_at_once(app.client, requests)
    found["seconds"].append(time.perf_counter() - begin)
    assert all(outcome.ok for outcome in outcomes), [o.refusal for o in outcomes if not o.ok]
    found["first"].append(quantile([outcome.first or float("nan") for outcome in outcomes], 0.95))
    found["events"].append(sum(outcome.events for outcome in outcomes))
    for name, had in app.cpu_seconds().items():
        found[name].append(had - before[name])


async def a_class(rounds: int) -> None:
    found: Found = defaultdict(list)
    with peers.engine() as engine:
        async with running_app() as app:
            for n in in_turns(rounds):
                requests = everybody(new_seed())
                if n % 2 == 0:  # it takes nearly as long as the class
                    alone(found, engine, requests)
                await press(found, app, requests)
            what = f"{SESSIONS} sessions, {TEXT} tokens each, a new model"
            speed = rates(SESSIONS * TEXT, found["seconds"])
            # The first token of each comes with its prompt.
            steps = rates(SESSIONS * (TEXT - 1), found["steps"])
            print_row(what, cell(speed, "tokens/s"),
                      f"the engine alone, {SESSIONS} rows {cell(steps, 'tokens/s')}",
                      ratio(speed, steps, 2))  # fmt: skip
            print_row(f"{what}, until all are done", cell(found["seconds"], "s", 1),
                      f"the engine alone, prompts included, {cell(found['alone'], 's', 1)}",
                      ratio(found["alone"], found["seconds"], 2))  # fmt: skip
            print_row(f"{what}, p95 of first text", cell(found["first"], "s", 2))
            there = [cores() * each for each in found["seconds"]]
            for name in app.cpu_seconds():
                had = found[name]
                print_row(f"{what}, CPU seconds of the {name}", cell(had, "s", 1),
                          f"{cores()} cores {cell(there, 's', 1)}", ratio(had, there, 2))  # fmt: skip
            print_row(f"{what}, events", cell(found["events"]))
            print_memory(app, f"{rounds} classes")


async def first_texts(client: Client, requests: list[dict[str, Any]]) -> list[float]:
    """Seconds until each first text of a class; when all have one, all leave."""
    outcomes = [Outcome(values) for values in requests]
    ways = (client.as_page, client.as_api)
    presses = [
        asyncio.create_task(ways[n % 2](outcome.values, into=outcome)) for n, outcome in enumerate(outcomes)
    ]
    while any(outcome.first is None for outcome in outcomes):
        await asyncio.sleep(0.02)
        for outcome, pressed in zip(outcomes, presses, strict=True):
            assert outcome.first or not pressed.done(), outcome.refusal
    for pressed in presses:
        pressed.cancel()
    await asyncio.gather(*presses, return_exceptions=True)
    return [outcome.first or float("nan") for outcome in outcomes]


async def one_start(found: Found, *, at_once: bool) -> None:
    """The app's start, and a class that presses at once, or when it is warm."""
    begin = time.perf_counter()
    process, url = start_app()
    try:
        async with Client(url) as client:
            serving = time.perf_counter()
            await client.page_function("generate")  # they have opened the page
            if not at_once:
                await until_ready(client)
                ready = time.perf_counter()
                found["serving"].append(serving - begin)
                found["ready"].append(ready - begin)
                found["left"].append(ready - serving)
                await asyncio.sleep(1)
            firsts = await first_texts(client, everybody(new_seed()))
            found["at once" if at_once else "warm"].append(quantile(firsts, 0.95))
    finally:
        process.terminate()
        process.wait(20)


async def start(rounds: int) -> None:
    found: Found = defaultdict(list)
    for _ in in_turns(rounds):
        await one_start(found, at_once=False)
        await one_start(found, at_once=True)
    print_row("start to serving", cell(found["serving"], "s", 1))
    print_row("start to ready", cell(found["ready"], "s", 1))
    what = f"{SESSIONS} sessions press"
    print_row(f"{what} when it is warm, p95 of first text", cell(found["warm"], "s", 2))
    print_row(f"{what} as soon as it serves, p95 of first text", cell(found["at once"], "s", 2),
              f"still to start {cell(found['left'], 's', 1)}")  # fmt: skip
    pairs = zip(found["at once"], found["left"], strict=True)
    after = [first - left for first, left in pairs]
    print_row("the same, less what was still to start", cell(after, "s", 2),
              f"warm {cell(found['warm'], 's', 2)}", ratio(found["warm"], after, 2))  # fmt: skip
