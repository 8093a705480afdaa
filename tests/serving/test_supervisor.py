"""The engine's process dies, hangs, or cannot be started: its jobs go on, or are told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from eventually import eventually
from serving.engine_processes import (
    HANGS,
    begun,
    gone,
    kill,
    last_of,
    process_of,
    speak,
    stub_client,
)
from serving.engines import STUB
from serving.stub_worker import KILLS

from gpt2core.runtime.heartbeat import Heartbeat, WatchClock
from gpt2core.runtime.settings import Settings
from gpt2core.serving import suspects
from gpt2core.serving.client import ProcessEngineClient


@pytest.fixture
def stub() -> Iterator[ProcessEngineClient]:
    with stub_client() as c:
        yield c


def test_when_it_dies_another_goes_on_and_nobody_sees_more_than_a_pause(
    stub: ProcessEngineClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    both = [begun(stub.run(speak(max_new_tokens=300, block_size=1024))) for _ in range(2)]
    kill(stub)
    for events in both:
        heard = cast(list[dict[str, Any]], list(events))
        assert heard[-1]["done"]
        lengths = [len(event["tokens"]) for event in heard]
        assert lengths == sorted(lengths), "a text that was shown never gets shorter"
        assert heard[-1]["tokens"] == list(range(300))
        (pause,) = [event for event in heard if event.get("notice")]
        assert pause["notice"] == "restarted"
    lines = caplog.messages
    assert "job 1: its process ended, another goes on with it" in lines
    assert any("another is started" in line for line in lines)
    assert stub.restarts == 1


def test_it_goes_on_with_the_tokens_that_were_shown(stub: ProcessEngineClient) -> None:
    """They are not computed again."""
    events = stub.run(speak(max_new_tokens=300, block_size=1024))
    shown = 0
    while shown < 100:
        shown = cast(Any, next(events)).get("n_tokens", 0)
    kill(stub)
    eventually(lambda: stub.state != "ready")
    assert (stub.status.device_name, stub.status.dtypes) == ("CPU (stub)", ("float32",)), (
        "as the page was told"
    )
    assert last_of(events)["done"]
    eventually(lambda: stub.status.steps_decoded)
    eventually(lambda: not stub.status.running)
    assert stub.status.steps_decoded <= 200


def test_the_one_that_kills_it_is_found_and_nobody_else_is_ended(
    stub: ProcessEngineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspects, "_CLEARED_SECONDS", 0.2)
    ends: dict[int, dict[str, Any]] = {}

    def visit(n: int) -> None:
        prompt = KILLS if n == 5 else "on"
        ends[n] = last_of(stub.run(speak(prompt=prompt, max_new_tokens=200, block_size=1024)))

    threads = [threading.Thread(target=visit, args=[n]) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ends.pop(5)["error"]["code"] == "poison"
    assert len(ends) == 11
    assert all(end["done"] and end["tokens"] == list(range(200)) for end in ends.values())


def test_one_that_says_nothing_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    c = ProcessEngineClient(STUB)
    c.supervisor._settings = Settings(stall_seconds=0.6)
    events = begun(c.run(speak(max_new_tokens=200, block_size=1024)))
    process = process_of(c)
    process.suspend()
    begin = time.monotonic()
    told = next(e for e in cast(Iterator[dict[str, Any]], events) if e.get("notice"))
    assert told["notice"] == "restarted"
    assert time.monotonic() - begin < 5
    assert last_of(events)["done"]
    assert gone(process)
    c.close(0)


def test_when_the_host_stood_still_nobody_is_replaced() -> None:
    """What the server could not watch does not count: a machine that stands still stops everything."""
    now = [0.0]
    clock = WatchClock(0.2, lambda: now[0])
    heartbeat = Heartbeat("any", clock)
    heartbeat.beat(3.0)

    def stale_after(*seconds: float) -> bool:
        for each in seconds:
            now[0] += each
            clock.advance()
        return heartbeat.stale

    assert not stale_after(20.0)
    assert stale_after(*[0.2] * 20)
    heartbeat.rest()
    assert not stale_after(0.2)


@pytest.mark.parametrize("hangs", ["before it connects", "without reading"])
def test_one_that_hangs_does_not_keep_the_server_from_ending(
    hangs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    c = ProcessEngineClient([*HANGS, hangs])
    long = speak(prompt="on " * 6000, block_size=1024)
    jobs = [threading.Thread(target=last_of, args=[c.run(long)], daemon=True) for _ in range(40)]
    for job in jobs:
        job.start()
    child = process_of(c)
    begin = time.monotonic()
    assert c.state in ("loading", "ready")
    assert time.monotonic() - begin < 1, "nobody who asks waits for the pipe"
    c.close(0.5)
    assert time.monotonic() - begin < 5
    eventually(lambda: gone(child))
    for job in jobs:
        job.join(30)
        assert not job.is_alive()
