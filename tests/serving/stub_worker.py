"""Speaks the engine process's protocol and computes nothing: `python stub_worker.py ADDRESS`, key on stdin.

Each job counts its tokens up until it has as many as it asked for, nobody waits for it any more, or the
server is gone.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from multiprocessing.connection import Client
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gpt2core.serving.messages import GenerateEvent, GenerateRequest
from gpt2core.serving.messages.wire import Cancel, Close, Ended, EngineStatus, FromEngine, Progress, Run

_TOKEN_SECONDS = 0.005


class Stub:
    def __init__(self, address: str, key: bytes) -> None:
        self.connection = Client(address, authkey=key)
        self.wanted: set[int] = set()
        self.steps = 0
        self.sending = threading.Lock()

    def send(self, message: FromEngine) -> None:
        with self.sending:
            self.connection.send(message)

    def serve(self) -> None:
        try:
            self.report()
            while True:
                match self.connection.recv():
                    case Run(job_id, request, _):
                        self.wanted.add(job_id)
                        threading.Thread(target=self.run, args=[job_id, request], daemon=True).start()
                    case Cancel(job_id):
                        self.wanted.discard(job_id)
                    case Close(seconds):
                        threading.Thread(target=self.close, args=[seconds], daemon=True).start()
        except (EOFError, OSError):
            os._exit(0)

    def report(self) -> None:
        self.send(EngineStatus("CPU (stub)", self.steps, len(self.wanted)))

    def run(self, job_id: int, request: GenerateRequest) -> None:
        n, most = 0, request.sampling.max_new_tokens
        self.report()
        while job_id in self.wanted and n < most:
            time.sleep(_TOKEN_SECONDS)
            n, self.steps = n + 1, self.steps + 1
            self.send(Progress(job_id, told(n, done=n == most)))
        self.wanted.discard(job_id)
        self.send(Ended(job_id))
        self.report()

    def close(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.wanted and time.monotonic() < until:
            time.sleep(_TOKEN_SECONDS)
        os._exit(0)


def told(n: int, *, done: bool) -> GenerateEvent:
    return {
        "stage": "generate", "done": done, "n_tokens": n, "stop_reason": "length" if done else None,
        "tokens_per_second": 1.0, "block_size": 1024, "text": "x" * n, "tokens": [0] * n,
        "repeat_share": 1.0, "start_token": None, "probability": 1.0, "device": "CPU", "dtype": "float32",
    }  # fmt: skip


if __name__ == "__main__":
    Stub(sys.argv[1], bytes.fromhex(sys.stdin.read().strip())).serve()
