"""The engine's process, from outside: it is asked, it answers, it may die, and it ends with its server."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing.connection import Connection, Listener
from typing import Any, cast

import psutil
import pytest
from app_process import ROOT
from eventually import eventually
from serving.engines import STUB
from shapes import TINY

from gpt2core.serving import client, service
from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages import BuildRequest, Event, GenerateRequest, Request, Visitor

SHAPE = asdict(TINY)
ENDLESS = GenerateRequest.parse(SHAPE | {"prompt": "on", "block_size": 60_000, "max_new_tokens": 60_000})


def speak(**more: object) -> GenerateRequest:
    return GenerateRequest.parse(SHAPE | {"prompt": "on on", "max_new_tokens": 9} | more)


@pytest.fixture(scope="module")
def real() -> Iterator[ProcessEngineClient]:
    c = ProcessEngineClient()
    yield c
    c.close(1)


@pytest.fixture
def stub() -> Iterator[ProcessEngineClient]:
    """With a process that computes nothing, and is there at once."""
    c = ProcessEngineClient()
    c.command = STUB
    yield c
    c.close(0)


def begun(events: Iterator[Event]) -> Iterator[Event]:
    """The events that follow the first token."""
    next(e for e in events if e["stage"] == "generate")
    return events


def last_of(events: Iterator[Event]) -> dict[str, Any]:
    *_, last = events
    return cast(dict[str, Any], last)


def process_of(c: ProcessEngineClient) -> psutil.Process:
    """The child process of this client, which must be the only one with its command."""

    def look() -> list[psutil.Process]:
        children = [p for p in psutil.Process().children() if not gone(p)]
        return [p for p in children if p.cmdline()[: len(c.command)] == c.command]

    found = eventually(look)
    assert len(found) == 1
    return found[0]


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def kill(c: ProcessEngineClient) -> psutil.Process:
    process = process_of(c)
    process.kill()
    eventually(lambda: gone(process))
    return process


@pytest.mark.parametrize("request_", [BuildRequest.parse(SHAPE), speak()], ids=["build", "generate"])
def test_it_answers_as_this_process_would(real: ProcessEngineClient, request_: Request) -> None:
    there, here = last_of(real.run(request_)), last_of(service.run(request_))
    assert there["done"]
    for key in ("text", "unique_total", "agrees", "done"):
        assert there.get(key) == here.get(key)
    assert real.device_name().startswith("CPU")


def test_a_refusal_is_an_event(real: ProcessEngineClient) -> None:
    last = last_of(real.run(speak(prompt="on " * 60)))
    assert last["error"]["code"] == "prompt_too_long"
    last = last_of(real.run(GenerateRequest.parse({"n_layer": 128, "n_embd": 16384, "n_head": 1})))
    assert last["error"]["code"] == "memory"


def test_closing_a_stream_ends_the_computing(real: ProcessEngineClient) -> None:
    events = real.run(ENDLESS)
    begun(events)
    eventually(lambda: real.status.running)
    events.close()  # type: ignore[attr-defined]  # a generator's
    eventually(lambda: not real.status.running)


def test_nobody_listening_ends_the_computing(real: ProcessEngineClient) -> None:
    heard = iter([True] * 3)
    assert list(real.run(ENDLESS, listening=lambda: next(heard, False)))
    eventually(lambda: not real.status.running and not real.status.waiting)


class Meddler:
    """Ends somebody's job in the middle of a message, as the garbage collector may."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.events = events

    def __reduce__(self) -> tuple[type[Visitor], tuple[()]]:
        self.events.close()  # type: ignore[attr-defined]
        return Visitor, ()


def test_a_job_may_end_while_another_is_being_sent(stub: ProcessEngineClient) -> None:
    first = begun(stub.run(ENDLESS))
    second = stub.run(speak(), cast(Visitor, Meddler(first)))
    ended: list[Event] = []
    thread = threading.Thread(target=lambda: ended.extend(second), daemon=True)
    thread.start()
    thread.join(30)
    assert ended, "they wait for each other"
    assert last_of(iter(ended))["done"]
    eventually(lambda: not stub.status.running)


def test_when_it_dies_everybody_hears_and_the_next_job_works(
    stub: ProcessEngineClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    both = [begun(stub.run(ENDLESS)) for _ in range(2)]
    kill(stub)
    assert [last_of(events)["error"]["code"] for events in both] == ["died", "died"]
    assert last_of(stub.run(speak()))["done"]
    lines = caplog.messages
    assert {"job 1: its process ended", "job 2: its process ended"} <= set(lines)
    assert any("another is started" in line for line in lines)


def test_who_comes_after_a_death_is_not_told_of_it(
    stub: ProcessEngineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the old connection may be noticed when the next process has its first jobs already."""
    noticed = threading.Event()

    class Slow:
        """Only hears of the end when it is told to."""

        def __init__(self, connection: Connection[Any, Any]) -> None:
            self.connection, self.send = connection, connection.send

        def recv(self) -> object:
            try:
                return self.connection.recv()
            except (EOFError, OSError):
                noticed.wait(30)
                raise

    class SlowListener(Listener):
        def accept(self) -> Any:
            return Slow(super().accept())

    monkeypatch.setattr(client, "Listener", SlowListener)
    first = begun(stub.run(ENDLESS))
    old = kill(stub)
    second = begun(stub.run(speak(max_new_tokens=400, block_size=1024)))
    assert process_of(stub) != old
    noticed.set()
    assert last_of(first)["error"]["code"] == "died"
    assert last_of(second)["done"]


def test_it_ends_when_its_server_does() -> None:
    code = (
        "import time; from gpt2core.serving.client import ProcessEngineClient; c = ProcessEngineClient();"
        "c.start(); print('started', flush=True); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline() == "started\n"
    (child,) = psutil.Process(server.pid).children()
    server.kill()
    server.wait()
    server.stdout.close()
    eventually(lambda: gone(child))


def test_closing_an_idle_one_takes_no_time() -> None:
    """Even while it starts."""
    c = ProcessEngineClient()
    c.command = [sys.executable, "-c", "import time; time.sleep(60)"]  # hears nothing, as one that starts
    starting = threading.Thread(target=c.start, daemon=True)
    starting.start()
    child = process_of(c)
    begin = time.monotonic()

    def closed() -> bool:  # the thread may not know yet that it has a process
        c.close(30)
        return gone(child)

    eventually(closed)
    starting.join(30)
    assert time.monotonic() - begin < 15


def test_closing_lets_a_running_job_end() -> None:
    c = ProcessEngineClient()
    events = begun(c.run(speak(max_new_tokens=400, block_size=1024)))
    c.close(10)
    assert last_of(events)["done"]
    assert c._process is not None
    assert c._process.poll() == 0


def test_after_closing_nobody_is_served(stub: ProcessEngineClient) -> None:
    assert last_of(stub.run(speak()))["done"]
    stub.close(1)
    assert last_of(stub.run(speak()))["error"]["code"] == "closing"


def test_one_that_can_not_start_is_an_event_and_nobody_waits_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "_RETRY_SECONDS", 0.0)
    c = ProcessEngineClient()
    c.command = [sys.executable, "-S", "-c", "raise SystemExit(3)"]
    assert last_of(c.run(speak()))["error"]["code"] == "died"
    c.close(1)


def test_one_that_the_system_does_not_start_is_an_event_and_cancelling_goes_on(
    stub: ProcessEngineClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(client, "_RETRY_SECONDS", 0.0)
    stub.command = ["/no/such/program"]
    assert last_of(stub.run(speak()))["error"]["code"] == "died"
    assert any("could not be started" in line for line in caplog.messages)
    stub.command = STUB
    events = begun(stub.run(ENDLESS))
    eventually(lambda: stub.status.running)
    events.close()  # type: ignore[attr-defined]
    eventually(lambda: not stub.status.running)


def test_one_that_dies_before_it_is_connected_is_an_event(
    stub: ProcessEngineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left behind by it: the next one serves, and hears who has gone."""

    class Dead(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.kill()
            eventually(lambda: gone(psutil.Process(self.pid)))

    with monkeypatch.context() as patched:
        patched.setattr(client, "_RETRY_SECONDS", 0.0)
        patched.setattr(subprocess, "Popen", Dead)
        assert last_of(stub.run(speak()))["error"]["code"] == "died"
    events = begun(stub.run(ENDLESS))
    eventually(lambda: stub.status.running)
    events.close()  # type: ignore[attr-defined]
    eventually(lambda: not stub.status.running)
