"""Starts the engine's process and connects to it."""

from __future__ import annotations

import os
import secrets
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


def spawn(command: list[str]) -> tuple[subprocess.Popen[bytes], EngineConnection]:
    """Runs `command` with the address to connect to as a last argument and the key on its stdin; the
    process, and the connection to it, which is closed already where it could not start."""
    key = secrets.token_bytes(32)
    with Listener(authkey=key) as listener:
        process = subprocess.Popen(
            [*command, str(listener.address)], cwd=_ROOT, env=ENVIRONMENT | os.environ,
            stdin=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        with process.stdin as stdin:
            stdin.write(key.hex().encode())
        threading.Thread(
            target=_connect_when_dead, args=[process, listener.address, key], daemon=True
        ).start()
        return process, listener.accept()


def _connect_when_dead(process: subprocess.Popen[bytes], address: str, key: bytes) -> None:
    """A process that could not start never connects; this does in its place, so that `accept` returns."""
    process.wait()
    with suppress(OSError, EOFError):
        Client(address, authkey=key).close()
