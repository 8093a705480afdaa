"""Short versions of the rows that `tests/load/run.py` has for faults and for who wants everything."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias

import crowds
import faults
import hog
import pytest
import walk
from app_process import start_server
from client import Client
from faulty_worker import ENDS_THREAD, NO_THREAD
from gauges import until_ready
from run_async import run_async

SMALL: dict[str, Any] = {"n_layer": 2, "n_head": 2, "n_embd": 64, "block_size": 1024}
LONG = crowds.student(1, **SMALL) | {"max_new_tokens": 900}


@pytest.fixture(scope="module")
def app() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    process, url = start_server("tests/load/faulty_app.py", FORWARDED_ALLOW_IPS="127.0.0.1")
    yield process, url
    process.terminate()
    assert process.wait(20) == 0


App: TypeAlias = tuple[subprocess.Popen[bytes], str]


def visit(app: App, scenario: Callable[[Client, int], Awaitable[Any]]) -> Any:
    async def with_client() -> Any:
        async with Client(app[1]) as client:
            await until_ready(client)
            return await scenario(client, app[0].pid)

    return run_async(with_client())


def test_a_crowd_goes_on_after_a_kill(app: App) -> None:
    requests = [crowds.student(n, **SMALL, max_new_tokens=200) for n in range(16)]
    outcomes = visit(app, lambda c, server: faults.killed_crowd(c, server, requests, kills=1, after=0.3))
    assert [o.refusal for o in outcomes if not o.ok] == []
    assert any(o.restarted for o in outcomes)
    other, near = faults.changed(outcomes)
    assert other == near


def test_a_planted_change_is_caught(app: App) -> None:
    requests = [crowds.student(n, **SMALL, max_new_tokens=12) for n in range(2)]
    outcomes = visit(app, lambda c, _: crowds.all_at_once(c, requests))
    outcomes[0].last["tokens"][5] ^= 1
    assert faults.changed(outcomes) == (1, 0)


def test_a_process_that_is_stopped_is_replaced(app: App) -> None:
    told, outcome = visit(app, lambda c, server: faults.told_after(c, LONG, faults.suspend(server, 10)))
    assert told < 8
    assert outcome.ok, outcome.refusal


def test_a_thread_that_ends_is_told_and_the_text_goes_on(app: App) -> None:
    async def end_it(client: Client, _: int) -> Any:
        ending = SMALL | {"prompt": ENDS_THREAD}
        told = await faults.told_after(client, LONG, lambda: faults.in_background(client.as_api(ending)))
        none = await client.as_api(SMALL | {"prompt": NO_THREAD})
        return *told, none, await client.as_api(SMALL)

    told, outcome, none, after = visit(app, end_it)
    assert told < 8
    assert outcome.ok, outcome.refusal
    assert "went wrong" in none.refusal or len(none.refusal) > 20
    assert after.ok, "the next one works"


def test_a_hog_gets_no_more_than_its_share(app: App) -> None:
    async def both(client: Client, _: int) -> tuple[list[float], float]:
        found = await hog.honest_first_texts(
            client, hogs=hog.hog_addresses(4), rounds=1, n_jobs=80, n_shapes=8, settle=2.0
        )
        begin = time.perf_counter()
        assert (await client.as_api(SMALL)).ok
        return found, time.perf_counter() - begin

    found, after = visit(app, both)
    assert crowds.quantile(found, 0.95) < 15
    assert after < 15


def test_a_walk_leaves_nothing_behind(app: App) -> None:
    found = visit(app, lambda c, server: walk.walk(c, server, 40, 6, early=20))
    assert found.without_sentence == []
    assert found.outcomes["done"] > 10
    assert found.late.threads <= found.early.threads + 40
    assert found.most_over < 120e6
