"""Short versions of what `tests/load/run.py` does in full; limits are generous multiples here."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

import crowds
import hostile
import lab_memory
import learning
import memory
import psutil
import pytest
import trespass
from app_process import start_server
from client import Client, Outcome
from number_formats import OFFERED
from orders import API_ORDER, DEFAULTS

SMALL: dict[str, Any] = {"n_layer": 2, "n_head": 2, "n_embd": 64}


Found = TypeVar("Found")
# Runs a scenario against the server.
Visit: TypeAlias = Callable[[Callable[[Client], Awaitable[Any]]], Any]


def apart(coroutine: Coroutine[object, object, Found]) -> Found:
    """Its result, from a thread of its own: playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="module")
def app() -> Iterator[tuple[psutil.Process, str]]:
    process, url = start_server()
    yield psutil.Process(process.pid), url
    process.terminate()
    process.wait(20)


@pytest.fixture
def visit(app: tuple[psutil.Process, str]) -> Visit:
    async def with_client(scenario: Callable[[Client], Awaitable[Any]]) -> Any:
        async with Client(app[1]) as client:
            return await scenario(client)

    return lambda scenario: apart(with_client(scenario))


def test_everybody_gets_their_own_text(visit: Visit) -> None:
    requests = [crowds.student(n, **SMALL, max_new_tokens=20) for n in range(40)]
    found = visit(lambda client: crowds.crowd(client, requests))
    assert found["failures"] == []
    assert crowds.mixed_up(found["outcomes"]) == 0
    assert found["seconds"] < 60
    assert found["health_p99"] < 2


def test_a_planted_mix_up_is_caught(visit: Visit) -> None:
    requests = [crowds.student(n, **SMALL, max_new_tokens=8) for n in range(4)]
    outcomes = visit(lambda client: crowds.all_at_once(client, requests))
    outcomes[0].last, outcomes[1].last = outcomes[1].last, outcomes[0].last
    assert crowds.mixed_up(outcomes) == 2


def test_many_shapes_at_once(visit: Visit) -> None:
    shapes = crowds.shapes(8)
    requests = [crowds.student(n, **shapes[n % 8], max_new_tokens=12) for n in range(24)]
    found = visit(lambda client: crowds.crowd(client, requests))
    assert found["failures"] == []
    assert crowds.mixed_up(found["outcomes"]) == 0


def test_nonsense_gets_a_clear_sentence(visit: Visit) -> None:
    assert visit(lambda client: hostile.fuzz(client, 250)) == []
    assert visit(lambda client: client.as_api(SMALL)).ok, "the app is well after it"


def test_too_large_is_refused_at_once(visit: Visit) -> None:
    taken = visit(lambda client: hostile.too_large(client, 30))
    assert crowds.median(taken) < 0.3


def test_an_excess_is_refused_and_the_rest_is_served(visit: Visit) -> None:
    requests = [crowds.student(n, **SMALL, max_new_tokens=40) for n in range(260)]
    served, refused = visit(lambda client: crowds.excess(client, requests))
    assert len(served) + len(refused) == 260
    assert 150 <= len(served) <= 220
    assert all(outcome.ok for outcome in served)
    assert max(refused) < 10
    assert crowds.mixed_up(served[:20]) == 0


def test_a_replaced_job_says_so(visit: Visit) -> None:
    async def two_presses(client: Client) -> list[str]:
        session, fn = "the same visitor", await client.page_function("generate")
        told: list[str] = []

        async def listen() -> None:
            async for _, message in client.stream(f"/gradio_api/queue/data?session_hash={session}"):
                told.append(str(message))
                if message["msg"] == "close_stream":
                    return

        slow = DEFAULTS | SMALL | {"block_size": 4096, "max_new_tokens": 300}
        values = [slow[name] for name in API_ORDER]
        for _ in range(3):
            assert (await client.join(values, fn, session)).status_code == 200
        await asyncio.wait_for(listen(), 60)
        return told

    told = "".join(visit(two_presses))
    assert told.count("A newer request of yours") >= 1


def test_who_leaves_is_not_computed_for(visit: Visit) -> None:
    assert visit(lambda client: crowds.disconnect(client, 10)) < 5
    assert visit(lambda client: crowds.abandon(client, 20)) < 30
    start = time.perf_counter()
    assert visit(lambda client: client.as_api(SMALL | {"max_new_tokens": 5})).ok
    assert time.perf_counter() - start < 5


def test_strangers_get_nothing(visit: Visit) -> None:
    assert visit(lambda client: trespass.trespass(client, 5)) == []


def test_the_estimate_of_memory_holds() -> None:
    for shape, estimate, peak in memory.estimates(1):
        assert peak <= 1.05 * estimate + 16e6, shape
        assert estimate <= 1.5 * peak + 64e6, shape


@pytest.mark.parametrize(("lab", "dtype"), [("qkv", "float32"), ("gradients", OFFERED[-1])])
def test_the_estimate_of_a_labs_memory_holds(lab: str, dtype: str) -> None:
    shape = {"n_layer": 4, "n_head": 16, "n_embd": 2048, "dtype": dtype}
    estimate, peak = lab_memory.estimate_and_peak(lab, shape)
    assert 20e6 < peak <= estimate <= 3 * peak


def test_the_end_is_orderly() -> None:
    process, url = start_server()
    endless = SMALL | {"block_size": 60_000, "max_new_tokens": 60_000}

    async def speak_until_the_end() -> tuple[Outcome, Outcome]:
        async with Client(url) as client:
            speaking = asyncio.create_task(client.as_api(endless))
            while not (await client.http.get(f"{url}health")).json()["running"]:
                await asyncio.sleep(0.1)
            until = time.monotonic() + 0.5
            while time.monotonic() < until:  # so many that one comes while another is handled
                os.kill(process.pid, signal.SIGTERM)
            refused = await client.as_api(SMALL)
            return refused, await speaking

    begin = time.monotonic()
    refused, spoken = apart(speak_until_the_end())
    assert process.wait(15) == 0
    assert time.monotonic() - begin < 40
    assert "restarted" in str(refused.refusal)
    assert "restarted" in str(spoken.refusal)


@pytest.mark.wide
def test_after_a_kill_it_starts_again() -> None:
    process, url = start_server()
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=15)
    assert not alive, "the computing must not outlive its server"
    process, url = start_server()

    async def speak() -> Outcome:
        async with Client(url) as client:
            return await client.as_api(SMALL | {"max_new_tokens": 3})

    assert apart(speak()).ok
    process.terminate()
    assert process.wait(20) == 0


def test_a_class_watches_one_run_while_another_generates(visit: Visit) -> None:
    found = visit(lambda client: learning.beside_generating(client, n=6, rounds=1, steps=20))
    assert found["failures"] == 0
    assert (found["runs"], found["curves"]) == (1, 1)
