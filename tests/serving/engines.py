"""Engines for tests: one in this process, and a child process that answers at once, without torch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from gpt2core.serving import service
from gpt2core.serving.messages import Event, Request, Visitor
from gpt2core.serving.messages.wire import EngineStatus
from gpt2core.serving.supervisor import State

STUB = [sys.executable, str(Path(__file__).with_name("stub_worker.py"))]


class EngineHere:
    """Computes in this process, as an EngineClient."""

    status = EngineStatus()
    state: State = "ready"
    restarts = 0
    problem = None
    engines: Mapping[str, EngineStatus] = MappingProxyType({})

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def run(
        self, request: Request, visitor: Visitor | None = None,
        listening: Callable[[], bool] = lambda: True,
    ) -> Iterator[Event]:  # fmt: skip
        self.asked.append(request)
        return service.run(request, visitor, listening)

    def device_name(self) -> str:
        return service.status().device_name

    def start(self) -> None:
        pass

    def close(self, seconds: float) -> None:
        pass
