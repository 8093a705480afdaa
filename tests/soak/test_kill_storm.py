"""The engine's process dies again and again under many visitors, and each of them gets their whole text."""

from __future__ import annotations

import threading
from dataclasses import asdict

import psutil
from eventually import eventually
from serving.engines import STUB
from shapes import TINY

from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages import GenerateRequest

N_VISITORS, N_KILLS = 30, 40
REQUEST = GenerateRequest.parse(asdict(TINY) | {"prompt": "on", "max_new_tokens": 60})


def test_nobody_loses_anything() -> None:
    c = ProcessEngineClient(STUB)
    over = threading.Event()
    ends: list[str] = []

    def visit() -> None:
        while not over.is_set():
            *_, last = c.run(REQUEST)
            ends.append(last["error"]["code"] if last["stage"] == "error" else "done")
            if last["stage"] == "generate":
                assert last["tokens"] == list(range(60))

    threads = [threading.Thread(target=visit) for _ in range(N_VISITORS)]
    for thread in threads:
        thread.start()
    for _ in range(N_KILLS):
        seen = len(ends)
        eventually(lambda seen=seen: len(ends) > seen + N_VISITORS)  # type: ignore[misc]
        for child in psutil.Process().children():
            child.kill()
    over.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "somebody waits for ever"
    c.close(1)
    assert set(ends) == {"done"}
    assert c.restarts >= N_KILLS
