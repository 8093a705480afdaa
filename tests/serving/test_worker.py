"""The engine's process, when something goes wrong in it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any, cast

import pytest
import torch
from shapes import TINY

from gpt2core.engine import faults
from gpt2core.serving import service
from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages import Event, GenerateRequest, Visitor
from gpt2core.serving.messages.wire import Ended, FromEngine, Progress, Run, ToEngine
from gpt2core.serving.worker import Worker

SPEAK = GenerateRequest.parse(asdict(TINY) | {"prompt": "on"})


class Over(Exception):
    """Ends the thread that serves."""


class Wire:
    """A connection over which one job is asked for."""

    def __init__(self) -> None:
        self.sent: list[FromEngine] = []
        self.ended, self.closed = threading.Event(), threading.Event()
        self.asked = [Run(7, SPEAK, Visitor())]

    def recv(self) -> ToEngine:
        if self.asked:
            return self.asked.pop()
        self.closed.wait(30)
        raise Over

    def send(self, message: FromEngine) -> None:
        if isinstance(message, Progress | Ended):
            self.sent.append(message)
        if isinstance(message, Ended):
            self.ended.set()


def test_what_nobody_expected_is_said_and_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever waits hears of any failure."""

    def fails(*_: object, **__: object) -> Iterator[Event]:
        yield from ()
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr(service, "run", fails)
    monkeypatch.setattr(service, "use_one_core", lambda: None)
    wire = Wire()
    worker = Worker(cast("Connection[FromEngine, ToEngine]", wire))
    monkeypatch.setattr(worker, "_warm_up", lambda: None)

    def serve() -> None:
        with pytest.raises(Over):
            worker.serve()

    serving = threading.Thread(target=serve)
    serving.start()
    assert wire.ended.wait(30)
    wire.closed.set()
    serving.join(30)
    worker._closed.set()  # ends the thread that reports how it does
    progress, end = wire.sent
    assert isinstance(progress, Progress)
    assert progress.job_id == 7
    assert cast(Any, progress.event)["error"]["code"] == "failed"
    assert end == Ended(7)
    assert "nobody thought of this" in caplog.text
    assert "job 7: failed, failed" in caplog.messages


BROKEN = """
import torch
from gpt2core.engine import faults
from gpt2core.engine.batch import Batch
from gpt2core.serving.worker import main
def decode(self, owners=None):
    raise torch.AcceleratorError("CUDA error: device-side assert triggered", 710)
Batch.decode = decode
faults._answers = lambda: False
main()
"""


def test_a_process_that_lost_its_gpu_makes_way_for_another(caplog: pytest.LogCaptureFixture) -> None:
    """And a job that does so each time is told that it does."""
    c = ProcessEngineClient([sys.executable, "-c", BROKEN])
    *earlier, last = cast(list[dict[str, Any]], list(c.run(SPEAK)))
    assert "restarted" in [event.get("notice") for event in earlier]
    assert last["error"]["code"] == "poison"
    assert c.restarts >= 2
    c.close(1)


def test_where_no_thread_is_to_be_had_the_job_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    worker = Worker(cast("Connection[FromEngine, ToEngine]", wire))

    def no_thread(target: Callable[..., None], *args: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(worker, "_in_thread", no_thread)
    worker._begin(Run(7, SPEAK, Visitor()))
    progress, end = wire.sent
    assert isinstance(progress, Progress)
    assert cast(Any, progress.event)["error"]["code"] == "failed"
    assert end == Ended(7)


def test_an_error_after_which_the_gpu_answers_poisons_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    error = torch.AcceleratorError("CUDA error: operation not permitted when stream is capturing", 900)
    monkeypatch.setattr(faults, "_answers", lambda: False)
    assert faults.poisons(error)
    monkeypatch.setattr(faults, "_answers", lambda: True)
    assert not faults.poisons(error)
