"""An engine's process that does not start, or takes its time."""

from __future__ import annotations

import sys
import threading
import time
from multiprocessing.connection import Connection

import pytest
from eventually import eventually
from serving.engine_processes import (
    HANGS,
    last_of,
    speak,
)
from serving.engines import STUB

from gpt2core.serving import process
from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages.wire import Cancel
from gpt2core.serving.process import EngineProcess


def test_one_that_can_not_start_is_told_and_nobody_waits_for_ever() -> None:
    c = ProcessEngineClient([sys.executable, "-S", "-c", "raise SystemExit(3)"])
    begin = time.monotonic()
    assert last_of(c.run(speak()))["error"]["code"] == "down"
    assert c.state == "down"
    assert last_of(c.run(speak()))["error"]["code"] == "down", "at once, while it is tried ever more seldom"
    assert time.monotonic() - begin < 20
    c.supervisor.command = STUB
    eventually(lambda: c.state == "ready")
    assert last_of(c.run(speak()))["done"]
    c.close(1)


def test_one_that_the_system_does_not_start_is_told(caplog: pytest.LogCaptureFixture) -> None:
    c = ProcessEngineClient(["/no/such/program"])
    assert last_of(c.run(speak()))["error"]["code"] == "down"
    assert any("could not be started" in line for line in caplog.messages)
    c.close(1)


def test_no_thread_to_be_had_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    c = ProcessEngineClient(STUB)
    c.supervisor._begin()
    with monkeypatch.context() as patched:
        patched.setattr(EngineProcess, "start", no_thread)
        assert last_of(c.run(speak()))["error"]["code"] == "down"
    eventually(lambda: c.state == "ready")
    assert last_of(c.run(speak()))["done"]
    c.close(1)


def no_thread(_: object) -> None:
    raise RuntimeError("can't start new thread")


def test_who_comes_while_it_loads_is_told() -> None:
    c = ProcessEngineClient([*HANGS, "before it connects"])
    assert next(c.run(speak())) == {"stage": "wait", "notice": "loading"}
    c.close(0)
    c = ProcessEngineClient(STUB)
    c.start()
    assert c.supervisor.ready.wait(30)
    assert "notice" not in next(c.run(speak()))
    c.close(0)


def test_the_connection_is_closed_when_nothing_is_written_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    over = threading.Event()

    def send(connection: Connection[object, object], _: object) -> None:
        over.wait(0.3)
        closed.append(connection.closed)

    monkeypatch.setattr(Connection, "send", send)
    p = EngineProcess([*HANGS, "and ends"], lambda *_: None, lambda *_: over.set())
    p.send(Cancel(1))
    p.start()
    assert p.wait(30)
    eventually(lambda: closed)
    assert closed == [False]


def test_one_that_never_connects_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CONNECT_SECONDS", 0.3)
    c = ProcessEngineClient([*HANGS, "before it connects"])
    assert last_of(c.run(speak()))["error"]["code"] == "down"
    c.close(0)
