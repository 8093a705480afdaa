"""How the server reaches an engine: the interface, and the engine in a child process of its own.

Decoding and serving would otherwise take turns in one interpreter, and every token of a hundred
students would wait for the web server. So the page is served without torch, too, and if the engine's
process dies of a fault or of memory, the server lives, says so, and starts it again.
"""

from __future__ import annotations

import logging
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Listener
from typing import Protocol, TypeAlias

from gpt2core.errors import ConfigError
from gpt2core.serving.messages import ErrorEvent, Event, Request, Visitor
from gpt2core.serving.messages.wire import (
    LISTEN_SECONDS,
    Cancel,
    Close,
    Ended,
    EngineStatus,
    Progress,
    Run,
    ToEngine,
)
from gpt2core.serving.process import EngineConnection, launch

log = logging.getLogger(__name__)
_ATTEMPTS = 5  # to hand a request to a process that keeps dying
_RETRY_SECONDS = 0.2  # between two attempts

_Inbox: TypeAlias = "queue.SimpleQueue[Event | Ended]"


class EngineClient(Protocol):
    """An engine as the server sees it, wherever it runs."""

    status: EngineStatus

    def run(
        self, request: Request, visitor: Visitor | None = None,
        listening: Callable[[], bool] = lambda: True,
    ) -> Iterator[Event]:  # fmt: skip
        """The job's events, as `service.run`."""
        ...

    def device_name(self) -> str:
        """Which device computes, as a person would call it; waits until that is known."""
        ...

    def start(self) -> None:
        """Gets ready, if it is not."""
        ...

    def close(self, seconds: float) -> None:
        """Lets running jobs go on for at most so long, then ends."""
        ...


class ProcessEngineClient:
    """The engine in a child process, which starts on first use, and again after it died."""

    def __init__(self) -> None:
        self.command = [sys.executable, "-m", "gpt2core.serving.worker"]
        self.status = EngineStatus()  # what the process said last of itself
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: EngineConnection | None = None
        self._inboxes: dict[int, _Inbox] = {}  # by job id
        self._sent_over: dict[int, EngineConnection] = {}  # by job id, too
        self._cancelled: queue.SimpleQueue[int] = queue.SimpleQueue()  # the ids of jobs to be ended
        self._canceller = threading.Thread(target=self._send_cancellations, daemon=True)
        self._last_id = 0
        self._closing = False

    def run(
        self, request: Request, visitor: Visitor | None = None,
        listening: Callable[[], bool] = lambda: True,
    ) -> Iterator[Event]:  # fmt: skip
        """As `service.run`."""
        inbox: _Inbox = queue.SimpleQueue()
        with self._lock:
            self._last_id += 1
            job_id = self._last_id
            self._inboxes[job_id] = inbox
        try:
            for _ in range(_ATTEMPTS):
                if self._closing or self._send(Run(job_id, request, visitor or Visitor())):
                    break
                time.sleep(_RETRY_SECONDS)  # it has just died; the next one is on its way
            if job_id not in self._sent_over:
                yield self._end()
                return
            while listening():
                try:
                    event = inbox.get(timeout=LISTEN_SECONDS)
                except queue.Empty:
                    continue
                if isinstance(event, Ended):
                    return
                yield event
                if event["stage"] == "error" or event.get("done"):
                    return
        finally:
            self._inboxes.pop(job_id, None)
            self._sent_over.pop(job_id, None)
            # Not sent from here: the garbage collector may end this generator in the middle of a `_send`.
            self._cancelled.put(job_id)

    def device_name(self) -> str:
        """Which device computes, as a person would call it; waits until that is known."""
        self.start()
        self._ready.wait(60)
        return self.status.device_name or "CPU"

    def start(self) -> None:
        with self._lock:
            if self._closing or (self._process and self._process.poll() is None):
                return
            if self._canceller.ident is None:  # not started yet
                self._canceller.start()
            if self._process is not None:
                log.warning("the engine's process ended with %s: another is started", self._process.poll())
            key, self._connection = secrets.token_bytes(32), None
            try:
                with Listener(authkey=key) as listener:
                    self._process = launch(self.command, listener, key)
                    self._connection = listener.accept()
            except (OSError, EOFError) as error:  # whoever asks next tries again
                log.error("the engine's process could not be started: %r", error)
                return
            threading.Thread(target=self._receive, args=[self._connection], daemon=True).start()

    def close(self, seconds: float) -> None:
        """Lets running jobs go on for at most so long, then ends the process; at once where there are none,
        for it may still be loading torch and receive nothing."""
        process = self._process
        if process is None:
            return
        self._closing = True
        if not self._inboxes:
            process.kill()
            process.wait()
            return
        self._send(Close(seconds))
        try:
            process.wait(seconds + 2)
        except subprocess.TimeoutExpired:
            process.kill()

    def _send(self, message: ToEngine) -> bool:
        """Whether it could be sent."""
        self.start()
        with self._lock:
            if self._connection is None:
                return False
            try:
                self._connection.send(message)
            except OSError:
                return False
            if isinstance(message, Run):
                self._sent_over[message.job_id] = self._connection
            return True

    def _end(self) -> ErrorEvent:
        """For those whose job nobody computes any more."""
        error = ConfigError("closing" if self._closing else "died", "", "")
        return {"stage": "error", "error": error.as_dict()}

    def _send_cancellations(self) -> None:
        """Tells the process what it need not compute any more."""
        while not self._closing:
            self._send(Cancel(self._cancelled.get()))

    def _receive(self, connection: EngineConnection) -> None:
        try:
            while True:
                message = connection.recv()
                if isinstance(message, EngineStatus):
                    self.status = message
                    self._ready.set()
                elif inbox := self._inboxes.get(message.job_id):
                    inbox.put(message.event if isinstance(message, Progress) else message)
        except (EOFError, OSError):
            with self._lock:  # whoever was sent over this connection is known by now
                for job_id, inbox in list(self._inboxes.items()):
                    if self._sent_over.get(job_id) is connection:  # others are with the next process
                        log.warning("job %d: its process ended", job_id)
                        inbox.put(self._end())
