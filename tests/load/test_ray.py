"""Two page processes behind nginx and two engines of a real Ray cluster, on this machine: a short version
of rows of tests/load/run.py."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import crowds
import faults
import pytest
import ray_cluster
import walk
from client import Client, Outcome
from gauges import until_ready
from ray_site import Site, visit
from run_async import run_async

from gpt2core.i18n import t

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
SMALL: dict[str, Any] = {"n_layer": 2, "n_head": 2, "n_embd": 64, "block_size": 1024}
SECRET = "xyzzy plugh plover"  # no prompt may be found on any disk


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site(engines=2)
    yield site
    site.close()


def in_order(outcomes: list[Outcome]) -> None:
    assert [o.refusal for o in outcomes if not o.ok] == []
    other, near = faults.changed(outcomes)
    assert other == near


def requests(n: int, **more: Any) -> list[dict[str, Any]]:
    return [crowds.student(k, **SMALL, seed=k % 6, **more) | {"prompt": SECRET} for k in range(n)]


def test_a_class_over_two_pages_and_two_engines(site: Site) -> None:
    async def run() -> list[float]:
        await site.until_engines(2)
        async with Client(site.url) as client:
            in_order(await visit(client, requests(24)))
        streams = [walk.metrics(url.rstrip("/")) for _, url in site.pages]
        return [each["gpt2_anatomy_first_text_seconds_count"] for each in streams]

    served = run_async(run())
    assert sum(served) == 24
    assert min(served) > 0, "both pages had visitors"


@pytest.mark.wide
def test_a_raylet_is_killed(site: Site) -> None:
    async def run() -> list[Outcome]:
        async with Client(site.url) as client:
            crowd = asyncio.create_task(visit(client, requests(16, max_new_tokens=250)))
            await asyncio.sleep(1.5)
            site.cluster.raylets.pop().kill()
            return await crowd

    outcomes = run_async(run())
    in_order(outcomes)
    assert any(o.restarted for o in outcomes), "nobody noticed: the raylet had no jobs"


@pytest.mark.wide
def test_who_has_lost_their_page_is_served_by_another(site: Site) -> None:
    async def run() -> None:
        async with Client(site.url) as client:
            site.pages[0][0].kill()
            site.pages[0][0].wait()
            in_order(await visit(client, requests(8)))

    run_async(run())


def test_who_has_no_token_reaches_nothing(site: Site) -> None:
    deploy = ["-m", "gpt2core.serving.ray_engine.deploy"]
    environment = site.cluster.environment | {"RAY_AUTH_TOKEN": "0" * 32}
    refused = ray_cluster.python(*deploy, **environment)
    assert refused.returncode == 1
    told = refused.stderr.decode().strip().splitlines()[-1]
    assert told.startswith(f"The Ray cluster at {site.cluster.address} cannot be joined: "), told


def test_prompts_are_in_no_file(site: Site) -> None:
    async def run() -> None:
        async with Client(site.pages[1][1]) as client:
            await until_ready(client)
            in_order(await visit(client, requests(2)))

    run_async(run())
    looked_at = 0
    for path in Path(site.cluster.folder.name).rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file():
                looked_at += 1
                assert SECRET.encode() not in path.read_bytes(), path
    assert looked_at > 10


@pytest.mark.wide
def test_without_an_engine_the_page_says_so(site: Site) -> None:
    """The last one: nothing computes after it."""

    async def run() -> tuple[str, Outcome, float]:
        async with Client(site.pages[1][1]) as client:
            await client.page_function("generate")
            for raylet in site.cluster.raylets:
                raylet.kill()
            begin = time.monotonic()
            outcome = await client.as_page(requests(1)[0])
            seconds = time.monotonic() - begin
            ready = (await client.http.get(f"{client.url}/ready")).json()
            return ready["reason"], outcome, seconds

    reason, outcome, seconds = run_async(run())
    assert outcome.refusal == t("error.down", "en")
    assert seconds < 30  # a cluster that is lost is noticed by Ray after some seconds
    assert reason.startswith("The engine cannot be started")
