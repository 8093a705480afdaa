"""Starts the real app for tests and benchmarks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def start_server(
    *command: str, under: Sequence[str] = (), root: Path = ROOT, port: int = 0, **environment: str
) -> tuple[subprocess.Popen[bytes], str]:
    """`python app.py` (or `python` with `command`) in `root` on `port`, or a free one, waited for; `under`
    is what starts it, and `environment` is added to what there is.

    Stop it with `.terminate()`.
    """
    port = port or free_port()
    process = subprocess.Popen(
        [*under, sys.executable, *(command or ["app.py"])],
        cwd=root,
        env=os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"} | environment,
        stdout=2,  # what it prints belongs into nobody's table
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
