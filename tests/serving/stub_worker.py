"""Speaks the engine process's protocol and computes nothing: `python stub_worker.py ADDRESS`, key on stdin.

Each job counts its tokens up until it has as many as it asked for, nobody waits for it any more, or the
server is gone. A prompt that says KILLS really ends the process before the first token.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Client
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gpt2core.serving.messages import GenerateEvent, GenerateRequest
from gpt2core.serving.messages.wire import (
    WATCH_SECONDS,
    Cancel,
    Close,
    Ended,
    EngineStatus,
    FromEngine,
    Progress,
    Run,
)

_TOKEN_SECONDS = 0.005
KILLS = "kills its process"


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
            threading.Thread(target=self.watch, daemon=True).start()
            while True:
                match self.connection.recv():
                    case Run(job_id) as run:
                        self.wanted.add(job_id)
                        threading.Thread(target=self.run, args=[run], daemon=True).start()
                    case Cancel(job_id):
                        self.wanted.discard(job_id)
                    case Close(seconds):
                        threading.Thread(target=self.close, args=[seconds], daemon=True).start()
        except (EOFError, OSError):
            os._exit(0)

    def report(self) -> None:
        self.send(EngineStatus("CPU (stub)", ("float32",), self.steps, running=len(self.wanted)))

    def watch(self) -> None:
        while True:
            time.sleep(WATCH_SECONDS)
            self.report()

    def run(self, run: Run) -> None:
        assert isinstance(run.request, GenerateRequest)
        n, most = len(run.generated[0]) if run.generated else 0, run.request.sampling.max_new_tokens
        self.report()
        if KILLS in run.request.prompt:
            os.kill(os.getpid(), signal.SIGKILL)
        while run.job_id in self.wanted and n < most:
            time.sleep(_TOKEN_SECONDS)
            n, self.steps = n + 1, self.steps + 1
            self.send(Progress(run.job_id, told(n, done=n == most)))
        self.wanted.discard(run.job_id)
        self.send(Ended(run.job_id))
        self.report()

    def close(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.wanted and time.monotonic() < until:
            time.sleep(_TOKEN_SECONDS)
        os._exit(0)


def told(n: int, *, done: bool) -> GenerateEvent:
    return {
        "stage": "generate", "done": done, "n_tokens": n, "stop_reason": "length" if done else None,
        "tokens_per_second": 1.0, "block_size": 1024, "text": "x" * n, "tokens": list(range(n)),
        "repeat_share": 1.0, "start_token": None, "probability": 1.0, "device": "CPU", "dtype": "float32",
    }  # fmt: skip


if __name__ == "__main__":
    Stub(sys.argv[1], bytes.fromhex(sys.stdin.read().strip())).serve()
