"""Rows of the table that run.py prints, for a Ray cluster on this machine."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import crowds
import faults
from app_process import start_server
from client import Client, Outcome
from ray_site import READY_SECONDS, Site, tokens_by_engine, visit

_STUDENTS, _SHAPES = 100, 20


def students(n: int = _STUDENTS, **more: Any) -> list[dict[str, Any]]:
    shapes = crowds.shapes(_SHAPES)
    return [crowds.student(k, **shapes[k % _SHAPES], **more) for k in range(n)]


def told(outcomes: list[Outcome]) -> list[str]:
    failures = [o.refusal or "no end" for o in outcomes if not o.ok]
    other, near = faults.changed(outcomes)
    texts = f"{other} texts other than alone, {near} of them where the two best tokens lay within 1e-4"
    return [f"{len(failures)} failures {failures[:2] or ''}".strip(), texts]


async def a_class(site: Site) -> list[str]:
    async with Client(site.url) as client:
        await client.page_function("generate")
        begin = time.perf_counter()
        outcomes = await visit(client, students())
        seconds = time.perf_counter() - begin
    first = crowds.quantile([o.first or 1e9 for o in outcomes], 0.95)
    return [*told(outcomes), f"{seconds:.1f} s", f"p95 of first text {first:.1f} s", spread(site)]


def spread(site: Site) -> str:
    tokens = sorted(tokens_by_engine(site.pages[-1][1]).values(), reverse=True)
    return f"of the tokens the engines had {', '.join(f'{n / sum(tokens):.0%}' for n in tokens)}"


async def losses(site: Site) -> list[str]:
    """One raylet is killed, another drained, a third joins."""
    async with Client(site.url) as client:
        await client.page_function("generate")
        crowd = asyncio.create_task(visit(client, students(max_new_tokens=120)))
        await asyncio.sleep(3)
        await asyncio.to_thread(site.cluster.raylets[0].kill)
        await asyncio.sleep(3)
        await asyncio.to_thread(site.cluster.add)
        await asyncio.to_thread(site.cluster.drain, site.cluster.raylets[1], 30)
        outcomes = await crowd
    return [*told(outcomes), f"longest pause {max(o.longest_pause for o in outcomes):.1f} s",
            f"{sum(o.restarted for o in outcomes)} were told of one"]  # fmt: skip


async def an_upgrade(site: Site) -> list[str]:
    """Deployed again in the middle: each engine is replaced."""
    async with Client(site.url) as client:
        await client.page_function("generate")
        before = set(tokens_by_engine(site.pages[-1][1]))
        crowd = asyncio.create_task(visit(client, students(max_new_tokens=120)))
        await asyncio.sleep(3)
        await asyncio.to_thread(site.cluster.deploy, len(before))
        outcomes = await crowd
        async with asyncio.timeout(READY_SECONDS):
            while before & (now := set(tokens_by_engine(site.pages[-1][1]))) or len(now) != len(before):
                await asyncio.sleep(0.5)
    pause = max(o.longest_pause for o in outcomes)
    return [*told(outcomes), f"longest pause {pause:.1f} s", "all engines are others"]


async def a_lost_page(site: Site) -> list[str]:
    async with Client(site.url) as client:
        await client.page_function("generate")
        crowd = asyncio.create_task(_visit_or_lose(client, students(max_new_tokens=120)))
        await asyncio.sleep(3)
        site.pages[0][0].kill()
        outcomes = await crowd
        lost = [n for n, outcome in enumerate(outcomes) if outcome is None]
        again = await visit(client, [students(max_new_tokens=120)[n] for n in lost])
    return [f"{len(lost)} of {len(outcomes)} lost their page", "pressed again: " + "; ".join(told(again)),
            "the others: " + "; ".join(told([o for o in outcomes if o is not None]))]  # fmt: skip


async def _visit_or_lose(client: Client, requests: list[dict[str, Any]]) -> list[Outcome | None]:
    async def one(n: int, request: dict[str, Any]) -> Outcome | None:
        try:
            outcome = await client.with_cookie(f"{n:032x}").as_page(request)
        except (OSError, EOFError, ValueError):
            return None
        return outcome if outcome.ok else None

    return list(await asyncio.gather(*[one(n, r) for n, r in enumerate(requests)]))


async def a_hot_model(site: Site) -> list[str]:
    hot = crowds.shapes(1)[0] | {"n_layer": 6, "n_embd": 384, "n_head": 6}
    others = students(20)
    requests = [crowds.student(n, **hot) for n in range(80)] + others
    async with Client(site.url) as client:
        await client.page_function("generate")
        outcomes = await visit(client, requests)
    return [*told(outcomes), spread(site)]


async def overhead(site: Site) -> list[str]:
    """One engine in the cluster against the one beside a server, in turn, both with one core."""
    process, url = start_server(GPT2_ANATOMY_MAX_CORES="1", GPT2_ANATOMY_MEMORY_SHARE="0.15")
    try:
        rates: dict[str, list[float]] = {"ray": [], "beside": []}
        firsts: dict[str, list[float]] = {"ray": [], "beside": []}
        for n in range(6):
            for name, where in (("ray", site.url), ("beside", url)):
                async with Client(where) as client:
                    await client.page_function("generate")
                    begin = time.perf_counter()
                    shape = {"n_layer": 6, "n_head": 6, "n_embd": 384, "seed": 100 + n}
                    outcomes = await visit(client, [crowds.student(k, **shape) for k in range(32)])
                    seconds = time.perf_counter() - begin
                    alone = await client.as_page(crowds.student(50, **shape))
                assert all(o.ok for o in [*outcomes, alone])
                if n:  # the first warms both up
                    rates[name].append(sum(len(o.last["tokens"]) for o in outcomes) / seconds)
                    firsts[name].append(alone.first or 1e9)
    finally:
        process.terminate()
        process.wait(20)
    rate = {name: statistics.median(values) for name, values in rates.items()}
    first = {name: statistics.median(values) for name, values in firsts.items()}
    return [
        f"32 sessions {rate['ray']:.0f} tokens/s against {rate['beside']:.0f} beside the server "
        f"({rate['ray'] / rate['beside']:.2f})",
        f"first text of one {first['ray'] * 1e3:.0f} ms against {first['beside'] * 1e3:.0f}",
    ]


Row = Callable[[Site], Awaitable[list[str]]]
# What, how many engines and pages, and how it goes.
ROWS: dict[str, tuple[str, int, int, Row]] = {
    "ray": ("100 sessions over 20 shapes, two pages, three engines of a Ray cluster", 3, 2, a_class),
    "ray-losses": ("the same, one raylet killed by -9, another drained, a third joins", 3, 2, losses),
    "ray-upgrade": ("the same, deployed again in the middle", 3, 2, an_upgrade),
    "ray-page": ("the same, one of two pages killed", 3, 2, a_lost_page),
    "ray-hot": ("80 of 100 sessions at one model, three engines", 3, 2, a_hot_model),
    "ray-overhead": ("an engine of a cluster against the one beside a server, a core each", 1, 1, overhead),
}


def run(name: str) -> None:
    what, engines, pages, row = ROWS[name]
    site = Site(engines, pages)

    async def with_engines() -> list[str]:
        await site.until_engines(engines)
        return await row(site)

    try:
        print(f"| {what} | {'; '.join(asyncio.run(with_engines()))} |", flush=True)
    finally:
        site.close()
