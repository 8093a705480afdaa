"""The computing in a process of its own: `Computer` starts it, hands it requests and hears its events.

Decoding and serving would otherwise take turns in one interpreter, and every token of a hundred
students would wait for the web server. So the page stands without torch, too, and if the computing
dies of a fault or of memory, the server lives, says so, and starts it again.
"""

from __future__ import annotations

import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from gpt2core.config import ConfigError
from gpt2core.requests import LISTEN_SECONDS, Event, Request, Visitor

# Each thread that builds would otherwise get a heap of its own from glibc, and models that come and go
# would leave holes in all of them.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}
_ROOT = Path(__file__).parent.parent
_ATTEMPTS = 5  # to hand a request to a process that keeps dying
_AGAIN_SECONDS = 0.2  # between two attempts


class Computer:
    """The process, as seen from the server. Starts on first use, and again after it died."""

    def __init__(self) -> None:
        self.command = [sys.executable, "-m", "gpt2core.worker"]
        self.vital: Event = {}  # what the process said last of itself
        self._heard = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Any, Any] | None = None
        self._mailboxes: dict[int, queue.SimpleQueue[Event]] = {}
        self._sent_over: dict[int, Connection[Any, Any]] = {}  # by the job's number, as the mailboxes
        self._unwanted: queue.SimpleQueue[int] = queue.SimpleQueue()  # the numbers of jobs to be ended
        self._number = 0
        self._closing = False

    def run(
        self, request: Request, visitor: Visitor | None = None, listening: Callable[[], bool] = lambda: True
    ) -> Iterator[Event]:
        """As `jobs.run`."""
        mailbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        with self._lock:
            self._number += 1
            number = self._number
            self._mailboxes[number] = mailbox
        try:
            for _ in range(_ATTEMPTS):
                if self._closing or self._send("run", number, request, visitor or Visitor(), job=number):
                    break
                time.sleep(_AGAIN_SECONDS)  # it has just died; the next one is on its way
            if number not in self._sent_over:
                yield self._end()
                return
            while listening():
                try:
                    event = mailbox.get(timeout=LISTEN_SECONDS)
                except queue.Empty:
                    continue
                if event:
                    yield event
                if not event or event.get("done") or "error" in event:
                    return
        finally:
            self._mailboxes.pop(number, None)
            self._sent_over.pop(number, None)
            # Not sent from here: the garbage collector may end this generator in the middle of a `_send`.
            self._unwanted.put(number)

    def device_name(self) -> str:
        """Which device computes, as a person would call it; waits until that is known."""
        self.start()
        self._heard.wait(60)
        return str(self.vital.get("device_name", "CPU"))

    def start(self) -> None:
        with self._lock:
            if self._closing or (self._process and self._process.poll() is None):
                return
            if self._process is None:
                threading.Thread(target=self._cancel, daemon=True).start()
            key = secrets.token_bytes(32)
            with Listener(authkey=key) as listener:
                command = [*self.command, str(listener.address)]
                self._process = subprocess.Popen(
                    command, cwd=_ROOT, env=ENVIRONMENT | os.environ, stdin=subprocess.PIPE
                )
                assert self._process.stdin is not None
                with self._process.stdin as stdin:
                    stdin.write(key.hex().encode())
                threading.Thread(
                    target=_call_when_dead, args=[self._process, listener.address, key], daemon=True
                ).start()
                self._connection = listener.accept()
            threading.Thread(target=self._hear, args=[self._connection], daemon=True).start()

    def close(self, seconds: float) -> None:
        """Lets running jobs go on for at most so long, then ends the process; at once where there are none,
        for it may still be loading torch and hear nothing."""
        process = self._process
        if process is None:
            return
        self._closing = True
        if not self._mailboxes:
            process.kill()
            process.wait()
            return
        self._send("close", seconds)
        try:
            process.wait(seconds + 2)
        except subprocess.TimeoutExpired:
            process.kill()

    def _send(self, *message: Any, job: int | None = None) -> bool:
        """Whether it could be sent. `job` is the number of the one that is begun with it."""
        self.start()
        with self._lock:
            if self._connection is None:
                return False
            try:
                self._connection.send(message)
            except OSError:
                return False
            if job is not None:
                self._sent_over[job] = self._connection
            return True

    def _end(self) -> Event:
        """For those whose job nobody computes any more."""
        return {"error": ConfigError("closing" if self._closing else "died", "", "").as_dict()}

    def _cancel(self) -> None:
        """Tells the process what it need not compute any more."""
        while not self._closing:
            self._send("cancel", self._unwanted.get())

    def _hear(self, connection: Connection[Any, Any]) -> None:
        try:
            while True:
                number, event = connection.recv()
                if number == 0:
                    self.vital = event
                    self._heard.set()
                elif mailbox := self._mailboxes.get(number):
                    mailbox.put(event)
        except (EOFError, OSError):
            with self._lock:  # whoever was sent over this connection is known by now
                for number, mailbox in list(self._mailboxes.items()):
                    if self._sent_over.get(number) is connection:  # others are with the next process
                        mailbox.put(self._end())


def _call_when_dead(process: subprocess.Popen[bytes], address: Any, key: bytes) -> None:
    """Whoever still waits for the call of a process that could not start gets one."""
    process.wait()
    with suppress(OSError, EOFError):
        Client(address, authkey=key).close()
