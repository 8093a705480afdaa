"""Stands in for Hugging Face's side of ZeroGPU: the service that lends GPUs, which `spaces` asks over HTTP.

What a visitor gets depends on their token, whose last part here says it: see ANSWERS.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

LOAN = {"idle": False, "nvidiaIndex": 0, "nvidiaUUID": "GPU-0", "allowToken": "loan"}
Answer: TypeAlias = tuple[int, dict[str, object] | str, dict[str, str]]  # status, body, headers
# To /schedule, by what the token says. A text is a stream of events.
ANSWERS: dict[str, Answer] = {
    "lent": (200, LOAN, {}),
    "killed": (200, LOAN | {"nvidiaIndex": 1, "allowToken": "killed"}, {}),
    "spent": (429, {"left": 3, "wait": "PT1H"}, {"X-Approve-Result": "quota-exceeded"}),
    "pending": (429, {"left": 0, "wait": "PT1M"}, {"X-Approve-Result": "pending-overquota-exceeded"}),
    "illegal": (429, {"left": 60, "wait": "-PT1S"}, {"X-Approve-Result": "illegal-duration"}),
    "queued": (200, "event: failed\n", {}),
    "none_left": (503, "", {}),
}


def token(says: str) -> str:
    """A visitor's token as `spaces` reads it: three parts, of which the second is a JSON in base64."""
    return f"h.e30.{says}"


class DeviceAPI(ThreadingHTTPServer):
    """Keeps what it was asked: path and parameters."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def schedules(self) -> list[dict[str, str]]:
        return [parameters for path, parameters in self.asked if path == "/schedule"]


class _Handler(BaseHTTPRequestHandler):
    server: DeviceAPI

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        parameters = dict(parse_qsl(url.query))
        self.server.asked.append((url.path, parameters))
        answer: Answer = (200, {}, {})
        if url.path == "/schedule":
            answer = ANSWERS[parameters["token"].rpartition(".")[2]]
        elif url.path == "/allow" and parameters["allowToken"] == "killed":
            # As at the end of a loan: the process is killed, whatever it does.
            threading.Timer(1, _kill, [int(parameters["pid"])]).start()
        status, body, headers = answer
        streams = isinstance(body, str)
        written = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream" if streams else "application/json")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextmanager
def device_api() -> Iterator[DeviceAPI]:
    api = DeviceAPI()
    threading.Thread(target=api.serve_forever, daemon=True).start()
    yield api
    api.shutdown()
    api.server_close()
