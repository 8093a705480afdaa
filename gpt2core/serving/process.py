"""Starts the engine's process."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from gpt2core.runtime.settings import TORCH_ENVIRONMENT

if TYPE_CHECKING:
    from gpt2core.serving.messages.wire import FromEngine, ToEngine

# Each thread that builds would otherwise get a heap of its own from glibc, and models that come and go
# would leave holes in all of them.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"} | TORCH_ENVIRONMENT
_ROOT = Path(__file__).resolve().parents[2]

EngineConnection: TypeAlias = "Connection[ToEngine, FromEngine]"


def launch(command: list[str], listener: Listener, key: bytes) -> subprocess.Popen[bytes]:
    """Runs `command` with the listener's address as a last argument and the key on its stdin; something
    connects to the listener in any case."""
    process = subprocess.Popen(
        [*command, str(listener.address)], cwd=_ROOT, env=ENVIRONMENT | os.environ, stdin=subprocess.PIPE
    )
    threading.Thread(target=_connect_when_dead, args=[process, listener.address, key], daemon=True).start()
    assert process.stdin is not None
    with suppress(OSError), process.stdin as stdin:  # it may be dead already
        stdin.write(key.hex().encode())
    return process


def _connect_when_dead(process: subprocess.Popen[bytes], address: str, key: bytes) -> None:
    """A process that could not start never connects; this does in its place, so that `accept` returns."""
    process.wait()
    with suppress(OSError, EOFError):
        Client(address, authkey=key).close()
