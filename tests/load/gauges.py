"""What is measured beside the visitors: the app's health, when it is quiet, what transformers needs."""

from __future__ import annotations

import asyncio
import threading
import time
import urllib.request
from typing import Any

from client import Client


def watch_health(url: str, stop: threading.Event) -> list[float]:
    """Seconds that each call of the health route took. In a thread: the crowd keeps its own loop busy."""
    taken = []
    while not stop.wait(0.05):
        start = time.perf_counter()
        with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
            answer.read()
        taken.append(time.perf_counter() - start)
    return taken


async def until_ready(client: Client, seconds: float = 60) -> None:
    """Returns when the server says that it serves."""
    until = time.perf_counter() + seconds
    while (await client.http.get(f"{client.url}/ready")).status_code != 200:
        assert time.perf_counter() < until, "not ready"
        await asyncio.sleep(0.1)


_QUIET_SECONDS = 0.8  # several times as long as between two reports of the computing


async def settled(client: Client, seconds: float = 30) -> float:
    """Seconds until the last token was computed. (Seen when nothing has moved for a while after it.)"""
    start = moved = time.perf_counter()
    last = -1
    while time.perf_counter() - start < seconds:
        status = (await client.http.get(f"{client.url}/health")).json()
        now = time.perf_counter()
        if status["steps_decoded"] != last or status["running"]:
            moved = now
        elif now - moved > _QUIET_SECONDS:
            return moved - start
        last = status["steps_decoded"]
        await asyncio.sleep(0.05)
    raise AssertionError(f"still computing after {seconds} s: {status}")


def transformers_in_turn(requests: list[dict[str, Any]], sample: int = 10) -> float:
    """Seconds that transformers' generate needs for `requests` one after the other: that of some of
    them, times how many more there are."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    from gpt2core import Tokenizer

    model = GPT2LMHeadModel(GPT2Config(attn_implementation="sdpa")).eval()
    start = time.perf_counter()
    for values in requests[:: max(1, len(requests) // sample)]:
        idx = torch.tensor([Tokenizer().encode(values["prompt"])])
        n = values["max_new_tokens"]
        with torch.inference_mode():
            model.generate(idx, attention_mask=torch.ones_like(idx), do_sample=False,
                           min_new_tokens=n, max_new_tokens=n, pad_token_id=0)  # fmt: skip
    return (time.perf_counter() - start) * len(requests) / sample
