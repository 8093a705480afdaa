"""The engine's process, from outside: it is asked, it answers, it may die, and it ends with its server."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import cast

import psutil
import pytest
from app_process import ROOT
from eventually import eventually
from serving.engine_processes import (
    ENDLESS,
    HANGS,
    SHAPE,
    begun,
    gone,
    last_of,
    process_of,
    speak,
    stub_client,
)

from gpt2core.serving import service
from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages import BuildRequest, Event, GenerateRequest, Request, Visitor


@pytest.fixture(scope="module")
def real() -> Iterator[ProcessEngineClient]:
    c = ProcessEngineClient()
    yield c
    c.close(1)


@pytest.fixture
def stub() -> Iterator[ProcessEngineClient]:
    with stub_client() as c:
        yield c


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


def test_it_ends_when_its_server_does() -> None:
    code = (
        "import time; from gpt2core.serving.client import ProcessEngineClient; c = ProcessEngineClient();"
        "c.start(); print('started', flush=True); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline() == "started\n"
    (child,) = eventually(psutil.Process(server.pid).children)
    server.kill()
    server.wait()
    server.stdout.close()
    eventually(lambda: gone(child))


def test_closing_an_idle_one_takes_no_time() -> None:
    """Even while it starts."""
    c = ProcessEngineClient([*HANGS, "before it connects"])
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
    events = begun(c.run(speak(max_new_tokens=250, block_size=1024)))
    child = process_of(c)
    c.close(20)
    assert last_of(events)["done"]
    assert gone(child)


def test_after_closing_nobody_is_served(stub: ProcessEngineClient) -> None:
    assert last_of(stub.run(speak()))["done"]
    stub.close(1)
    assert last_of(stub.run(speak()))["error"]["code"] == "closing"
