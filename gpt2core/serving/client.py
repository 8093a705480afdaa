"""How the server reaches an engine: the interface, and the engine in a child process of its own.

Decoding and serving would otherwise take turns in one interpreter, and every token of a hundred
students would wait for the web server. So the page is served without torch, too, and if the engine's
process ends, of a fault or of memory, the server lives, and another process goes on with its jobs: a text
is a pure function of its request, so nobody sees more than a pause.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from gpt2core.serving.listeners import LISTENERS
from gpt2core.serving.messages import Event, Request, Visitor
from gpt2core.serving.messages.wire import EngineStatus
from gpt2core.serving.supervised_job import SupervisedJob
from gpt2core.serving.supervisor import State, Supervisor


class EngineClient(Protocol):
    """An engine as the server sees it, wherever it runs."""

    @property
    def status(self) -> EngineStatus:
        """What it said last of itself."""
        ...

    @property
    def state(self) -> State:
        """Whether it serves, and why not."""
        ...

    @property
    def problem(self) -> str | None:
        """For whoever runs the server: why it does not serve, where there is more to say than `state`."""
        ...

    @property
    def restarts(self) -> int:
        """How often it had to be started again."""
        ...

    @property
    def engines(self) -> Mapping[str, EngineStatus]:
        """What each that computes said last of itself, by names that mean nothing else."""
        ...

    def run(
        self, request: Request, visitor: Visitor | None = None,
        listening: Callable[[], bool] = lambda: True,
    ) -> Iterator[Event]:  # fmt: skip
        """The job's events, as `service.run`. Where what computes it ends, it goes on elsewhere with the
        tokens it has."""
        ...

    def device_name(self) -> str:
        """Which device computes, as a person would call it; waits until that is known."""
        ...

    def start(self) -> None:
        """Gets ready, if it is not. Does not wait for it."""
        ...

    def close(self, seconds: float) -> None:
        """Lets running jobs go on for at most so long, then ends."""
        ...


def events_of(job: SupervisedJob, listening: Callable[[], bool]) -> Iterator[Event]:
    """What a job's visitor hears, until its end or until nobody listens."""
    if not listening():
        return
    with LISTENERS.watch(listening, lambda: job.inbox.put(None)):
        while (event := job.inbox.get()) is not None:
            yield event


class ProcessEngineClient:
    """The engine in a child process, which starts on first use, and again after it ended."""

    def __init__(self, command: list[str] | None = None) -> None:
        self.supervisor = Supervisor(command or [sys.executable, "-m", "gpt2core.serving.worker"])
        self._ids = itertools.count(1)

    @property
    def status(self) -> EngineStatus:
        return self.supervisor.status

    @property
    def state(self) -> State:
        return self.supervisor.state

    @property
    def problem(self) -> str | None:
        return None

    @property
    def restarts(self) -> int:
        return self.supervisor.restarts

    @property
    def engines(self) -> Mapping[str, EngineStatus]:
        return {"process": self.status} if self.state == "ready" else {}

    def run(
        self, request: Request, visitor: Visitor | None = None,
        listening: Callable[[], bool] = lambda: True,
    ) -> Iterator[Event]:  # fmt: skip
        """As `service.run`."""
        job = SupervisedJob(next(self._ids), request, visitor or Visitor())
        self.supervisor.submit(job)
        try:
            yield from events_of(job, listening)
        finally:
            self.supervisor.cancel(job)

    def device_name(self) -> str:
        """Which device computes, as a person would call it; waits until that is known."""
        self.start()
        self.supervisor.ready.wait(60)
        return self.status.device_name or "CPU"

    def start(self) -> None:
        self.supervisor.start()

    def close(self, seconds: float) -> None:
        """Lets running jobs go on for at most so long, then ends the process."""
        self.supervisor.close(seconds)
