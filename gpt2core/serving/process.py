"""One life of the engine's process, from outside: it is started, connects, speaks and listens, and ends.

All that may wait happens in threads of this object's own: whoever uses it never does.
"""

from __future__ import annotations

import logging
import os
import queue
import secrets
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from gpt2core.counting.footprint import pool_bytes, ready_bytes
from gpt2core.runtime import heap
from gpt2core.runtime.host_memory import free_host_bytes
from gpt2core.runtime.settings import SETTINGS, TORCH_ENVIRONMENT

if TYPE_CHECKING:
    from gpt2core.serving.messages.wire import FromEngine, ToEngine

log = logging.getLogger(__name__)
ENVIRONMENT = heap.ONE_HEAP | TORCH_ENVIRONMENT
CONNECT_SECONDS = 15.0  # it connects before it loads torch
_ROOT = Path(__file__).resolve().parents[2]

EngineConnection: TypeAlias = "Connection[ToEngine, FromEngine]"


class EngineProcess:
    """Runs `command` with a listener's address as a last argument and a key on its stdin.

    `on_message` gets what it says, `on_end` its exit status (None: it could not be started) when it is
    over; both are called from threads of this object's own.
    """

    def __init__(
        self, command: list[str], on_message: Callable[[EngineProcess, FromEngine], None],
        on_end: Callable[[EngineProcess, int | None], None],
    ) -> None:  # fmt: skip
        self._command, self._on_message, self._on_end = command, on_message, on_end
        self._outbox: queue.SimpleQueue[ToEngine | None] = queue.SimpleQueue()
        self._over, self._connected = threading.Event(), threading.Event()
        self._starting = threading.Lock()  # so that who kills knows whether there is a process
        self._killed = False
        self.popen: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)

    def start(self) -> None:
        """Raises RuntimeError where the system gives no thread."""
        self._thread.start()

    def send(self, message: ToEngine) -> None:
        """Never waits: what the process does not take is kept until it does, or ends."""
        self._outbox.put(message)

    def kill(self) -> None:
        with self._starting:
            self._killed = True
            if self.popen is not None:
                self.popen.kill()

    def wait(self, seconds: float) -> bool:
        """Whether it is over within so long."""
        return self._over.wait(seconds)

    def _live(self) -> None:
        try:
            key = secrets.token_bytes(32)
            with Listener(authkey=key) as listener:
                popen = self._launch(listener, key)
                if popen is None:
                    return
                connection: EngineConnection = listener.accept()
            self._connected.set()
            self._talk(connection, popen)
        except (OSError, EOFError, RuntimeError) as error:
            if not self._connected.is_set():
                log.error("the engine's process could not be started: %r", error)
        finally:
            self._outbox.put(None)
            self._connected.set()
            code = None
            if self.popen is not None:
                self.popen.kill()
                code = self.popen.wait()
            self._over.set()
            self._on_end(self, code)

    def _talk(self, connection: EngineConnection, popen: subprocess.Popen[bytes]) -> None:
        writer = threading.Thread(target=self._write, args=[connection], daemon=True)
        with connection:
            writer.start()
            try:
                while True:
                    self._on_message(self, connection.recv())
            finally:
                # Closed in the middle of a write, it could be written to what has its descriptor next.
                popen.kill()
                self._outbox.put(None)
                writer.join()

    def _launch(self, listener: Listener, key: bytes) -> subprocess.Popen[bytes] | None:
        """Something connects to the listener in any case; None if it has been killed already."""
        with self._starting:
            if self._killed:
                return None
            popen = self.popen = subprocess.Popen(
                [*self._command, str(listener.address)], cwd=_ROOT, env=environment() | os.environ,
                stdin=subprocess.PIPE,
            )  # fmt: skip
        threading.Thread(
            target=self._connect_in_its_place, args=[popen, listener.address, key], daemon=True
        ).start()
        assert popen.stdin is not None
        with suppress(OSError), popen.stdin as stdin:  # it may be dead already
            stdin.write(key.hex().encode())
        return popen

    def _connect_in_its_place(self, popen: subprocess.Popen[bytes], address: str, key: bytes) -> None:
        """A process that could not start, or hangs, never connects; this does, so that `accept` returns."""
        try:
            popen.wait(CONNECT_SECONDS)
        except subprocess.TimeoutExpired:
            if self._connected.is_set():
                return
            log.error("the engine's process has not connected after %.0f s", CONNECT_SECONDS)
            popen.kill()
        with suppress(OSError, EOFError):
            Client(address, authkey=key).close()

    def _write(self, connection: EngineConnection) -> None:
        with suppress(OSError):  # the process is over, which is noticed elsewhere
            while (message := self._outbox.get()) is not None:
                connection.send(message)


def environment() -> dict[str, str]:
    """What the process is to find besides what this one has."""
    keeps = ready_bytes(pool_bytes(free_host_bytes(), SETTINGS.memory_share))
    return ENVIRONMENT | (heap.LARGE_PAGES if keeps else {})
