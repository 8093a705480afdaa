"""Rows of the table that run.py prints: what befalls the engine, and what one person can do to others."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import crowds
import faults
import hog
import walk
from app_process import start_server
from client import Client
from faulty_worker import ENDS_THREAD, NO_THREAD, WEDGES_THREAD
from gauges import until_ready

from gpt2core.runtime.settings import SETTINGS

Row = Callable[[Client, int], Awaitable[list[str]]]
_SMALL = walk.SMALL


def _told(outcomes: list[Any]) -> list[str]:
    failures = [o.refusal or "no end" for o in outcomes if not o.ok]
    other, near = faults.changed(outcomes)
    return [
        f"{len(failures)} failures {failures[:2] or ''}".strip(),
        f"{other} texts other than alone, {near} of them where the two best tokens lay within 1e-4",
    ]


async def kills(client: Client, server: int) -> list[str]:
    outcomes = await faults.killed_crowd(client, server, [crowds.student(n) for n in range(100)], 3)
    generated = walk.metrics(client.url)
    return [
        *_told(outcomes), f"longest pause {max(o.longest_pause for o in outcomes):.1f} s",
        f"{generated['gpt2_anatomy_engine_restarts_total']:.0f} restarts; the last process resumed "
        f"{generated['gpt2_anatomy_tokens_resumed_total']:.0f} tokens as a prefill",
    ]  # fmt: skip


async def five_minutes(client: Client, server: int) -> list[str]:
    outcomes, n = await faults.killed_for(client, server, 300, 20, visitors=12)
    return [f"{n} kills, {len(outcomes)} jobs", *_told(outcomes),
            f"longest pause {max(o.longest_pause for o in outcomes):.1f} s"]  # fmt: skip


async def killer(client: Client, _: int) -> list[str]:
    start = time.perf_counter()
    convicted, others = await faults.with_a_killer(client, [crowds.student(n, **_SMALL) for n in range(30)])
    seconds = time.perf_counter() - start
    return [f"it is told so after {convicted.seconds:.0f} s ({'poison' if convicted.refusal else 'not'})",
            f"all others done after {seconds:.0f} s", *_told(others)]  # fmt: skip


async def wedges(client: Client, server: int) -> list[str]:
    found = []
    long = crowds.student(1, **_SMALL) | {"max_new_tokens": 400, "block_size": 1024}
    told, outcome = await faults.told_after(client, long, faults.suspend(server, 10))
    found.append(f"process stopped for 10 s: told after {told:.1f} s, {'whole' if outcome.ok else 'lost'}")
    for name, prompt in (("thread ended", ENDS_THREAD), ("thread wedged", WEDGES_THREAD)):
        await until_ready(client)

        def ask(prompt: str = prompt) -> None:
            faults.in_background(client.as_api(_SMALL | {"prompt": prompt}))

        told, outcome = await faults.told_after(client, long, ask)
        found.append(f"{name}: told after {told:.1f} s, {'whole' if outcome.ok else 'lost'}")
    await until_ready(client)
    refused = await client.as_api(_SMALL | {"prompt": NO_THREAD})
    found.append(f"no thread to be had: told after {refused.seconds:.1f} s")
    found.append(f"the next one: {'served' if (await client.as_api(_SMALL)).ok else 'lost'}")
    return found


async def _hog(client: Client, addresses: int) -> list[str]:
    await hog.honest_first_texts(client, hogs=[], rounds=1)
    quiet, loud = [], []
    for _ in range(3):
        quiet += await hog.honest_first_texts(client, hogs=[])
        loud += await hog.honest_first_texts(client, hogs=hog.hog_addresses(addresses))
        await asyncio.sleep(3)
    p95 = crowds.quantile(quiet, 0.95), crowds.quantile(loud, 0.95)
    return [f"honest p95 of first text {p95[1]:.2f} s against {p95[0]:.2f} s without",
            f"{p95[1] / p95[0]:.2f} times"]  # fmt: skip


async def hog_4(client: Client, _: int) -> list[str]:
    return await _hog(client, 1)


async def hog_6(client: Client, _: int) -> list[str]:
    return await _hog(client, 64)


async def random_walk(client: Client, server: int) -> list[str]:
    found = await walk.walk(client, server, 2000, 600)
    early, late = found.early, found.late
    assert early is not None
    assert late is not None
    return [
        f"{found.requests} requests: {found.outcomes}",
        f"{len(found.without_sentence)} failures without a sentence {found.without_sentence[:2] or ''}",
        f"memory {late.megabytes:.0f} MB against {early.megabytes:.0f} after 200 "
        f"({late.megabytes / early.megabytes - 1:+.1%}), {late.reserved:.0f} and {early.reserved:.0f} "
        "of it reserved",
        f"threads {late.threads} against {early.threads}, files {late.files} against {early.files}",
        f"at most {found.most_over / 1e6:.0f} MB over what was reserved",
    ]  # fmt: skip


ROWS: dict[str, tuple[str, Row]] = {
    "kills": ("100 sessions, the engine killed by -9 three times", kills),
    "storm": ("five minutes of jobs, a kill every 20 s", five_minutes),
    "killer": ("one job that kills its process each time, among 30", killer),
    "wedges": ("the engine's process stopped, its thread ended, wedged, not to be had", wedges),
    "hog": ("one address with 200 jobs of all kinds over 20 shapes, 29 honest visitors", hog_4),
    "hog6": ("the same from 64 addresses of one IPv6 /64", hog_6),
    "walk": ("2,000 random requests in ten minutes", random_walk),
}


# The walk is to fill the pool before its first look at the memory: 1.6 GB of a machine with 24.
_MEMORY_SHARE = {"walk": 0.08}


async def _run(name: str) -> None:
    what, row = ROWS[name]
    process, url = start_server(
        "tests/load/faulty_app.py", FORWARDED_ALLOW_IPS="127.0.0.1",
        GPT2_ANATOMY_MEMORY_SHARE=str(_MEMORY_SHARE.get(name, SETTINGS.memory_share)),
    )  # fmt: skip
    try:
        async with Client(url) as client:
            await until_ready(client)
            await client.as_api(_SMALL)
            found = await row(client, process.pid)
            print(f"| {what} | {'; '.join(found)} |", flush=True)
    finally:
        process.terminate()
        status = process.wait(20)
    if status:
        print(f"it ended with {status}", file=sys.stderr)


def run(name: str) -> None:
    asyncio.run(_run(name))
