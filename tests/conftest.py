"""A real server for the tests that need one, and small models for those that need a model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpt2core import BuiltModel, GPTConfig, build

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def start_server(*command: str) -> tuple[subprocess.Popen[bytes], str]:
    """`python app.py` (or `python` with `command`) on a free port, waited for.

    Stop it with `.terminate()`.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *(command or ["app.py"])],
        cwd=ROOT,
        env=os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"},
    )
    url = f"http://127.0.0.1:{port}/"
    for _ in range(300):
        try:
            urllib.request.urlopen(url + "health", timeout=1).close()
            return process, url
        except OSError:
            assert process.poll() is None, "the server ended while it started"
            time.sleep(0.2)
    process.kill()
    raise TimeoutError("the server did not come up within a minute")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The app's address, ending in a slash."""
    process, url = start_server()
    yield url
    process.terminate()
    process.wait(20)


TINY = GPTConfig(n_layer=2, n_head=2, n_embd=32, block_size=48, vocab_size=400)


@pytest.fixture(scope="session")
def tiny() -> BuiltModel:
    return build(TINY, device="cpu")
