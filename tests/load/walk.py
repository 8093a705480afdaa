"""A long random walk of all that people do: shapes from tiny to refused, labs, comparisons, stops, closed
tabs."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import crowds
import httpx
import psutil
from client import Client, Outcome
from orders import DEFAULTS, order_of
from prometheus_client.parser import text_string_to_metric_families

from gpt2core.counting.footprint import _KERNEL_CACHE_BYTES

_LABS = ("forward", "trace", "gradients", "weights", "tying", "qkv", "devices", "measured", "logits")
# How often each is chosen.
_WAYS = {"page": 5, "api": 4, "build": 2, "compare": 2, "lab": 4, "stop": 2, "leave": 2, "bad": 1}
_AT_A_TIME = 8
SMALL: dict[str, Any] = {"n_layer": 2, "n_head": 2, "n_embd": 64}
_FIRST_MODELS = 28e6  # bytes; what SMALL and the warm-up have reserved (measured)


@dataclass
class Gauge:
    """What the processes take; `reserved` is what the engine has counted of it, models that are kept
    included."""

    megabytes: float
    reserved: float
    threads: int
    files: int


@dataclass
class Walk:
    """What a walk of so many requests came to."""

    requests: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    without_sentence: list[str] = field(default_factory=list)
    early: Gauge | None = None
    late: Gauge | None = None
    # Bytes by which the engine's process took more than after its first build, what was reserved, and what
    # oneDNN keeps of its kernels, for a second at least: what is dropped is no longer reserved at once, and
    # handed back a moment later.
    most_over: float = 0.0


def shape(draw: random.Random) -> dict[str, Any]:
    """From tiny to far too large, most of them small."""
    size = draw.random()
    if size < 0.05:
        return {"n_layer": 128, "n_head": 64, "n_embd": 16_384}
    if size < 0.08:
        return {"n_layer": draw.randint(2, 12), "n_head": 16, "n_embd": 1024}
    more = {"seed": draw.randint(0, 3), "vocab_size": draw.choice((400, 5000, 50_257))}
    return draw.choice(crowds.shapes(24)) | more


def metrics(url: str) -> dict[str, float]:
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics", trust_env=False).text)
    return {sample.name: sample.value for family in families for sample in family.samples}


def in_use(now: dict[str, float]) -> float:
    return now["gpt2_anatomy_memory_used_bytes"] - now["gpt2_anatomy_memory_kept_bytes"]


def gauge(url: str, server: int) -> Gauge:
    tree = [psutil.Process(server), *psutil.Process(server).children(recursive=True)]
    return Gauge(
        sum(p.memory_info().rss for p in tree) / 1e6,
        metrics(url)["gpt2_anatomy_memory_reserved_bytes"] / 1e6, sum(p.num_threads() for p in tree),
        sum(p.num_fds() for p in tree),
    )  # fmt: skip


async def walk(client: Client, server: int, n_requests: int, seconds: float, early: int = 200) -> Walk:
    """`n_requests`, spread over so many seconds; memory is looked at after `early` of them and at the end,
    both times after a rest."""
    found, draw = Walk(), random.Random(7)
    for button in ("generate", "compare", "build", *(f"lab-{lab}" for lab in _LABS)):
        await client.page_function(button)
    # What a first build loads (torchinfo, and torch._dynamo with it: 20 MB and more) is there before it is
    # idle: the engine's own warm-up may not have come so far. What its model and this one have is
    # reserved; of what others have left behind nobody knows how much of it is used.
    await client.as_api(SMALL, "build")
    now = metrics(client.url)
    idle = in_use(now) - min(_FIRST_MODELS, now["gpt2_anatomy_memory_reserved_bytes"])
    watching = asyncio.create_task(_watch(client.url, idle, found))
    begin, gate = time.monotonic(), asyncio.Semaphore(_AT_A_TIME)

    async def one(step: int, rng: random.Random) -> None:
        async with gate:
            outcome = await _request(client, rng)
        kind = "done" if outcome.ok else "left" if outcome.refusal is None else "refused"
        found.outcomes[kind] = found.outcomes.get(kind, 0) + 1
        if outcome.refusal is not None and len(outcome.refusal.strip()) < 20:
            found.without_sentence.append(f"{step}: {outcome.refusal!r} {outcome.values}")

    pending: list[asyncio.Task[None]] = []
    for step in range(n_requests):
        pending.append(asyncio.create_task(one(step, random.Random(draw.random()))))
        found.requests += 1
        if step + 1 == early:
            await asyncio.gather(*pending)
            found.early = await _rested(client.url, server)
        rest = begin + seconds * (step + 1) / n_requests - time.monotonic()
        await asyncio.sleep(max(0.0, rest))
    await asyncio.gather(*pending)
    found.late = await _rested(client.url, server)
    watching.cancel()
    return found


async def _rested(url: str, server: int) -> Gauge:
    await asyncio.sleep(4)
    return await asyncio.to_thread(gauge, url, server)


async def _watch(url: str, idle: float, found: Walk) -> None:
    """How much more the engine's process takes than what is reserved."""
    lately = deque[float](maxlen=5)
    while True:
        now = await asyncio.to_thread(metrics, url)
        lately.append(in_use(now) - idle - now["gpt2_anatomy_memory_reserved_bytes"] - _KERNEL_CACHE_BYTES)
        if len(lately) == lately.maxlen:
            found.most_over = max(found.most_over, min(lately))
        await asyncio.sleep(0.25)


async def _request(client: Client, draw: random.Random) -> Outcome:
    values = shape(draw) | {
        "prompt": " ".join(draw.choices(crowds.WORDS, k=draw.choice((0, 3, 40)))),
        "temperature": draw.choice((0, 0.1, 1.0)), "max_new_tokens": draw.choice((1, 10, 60)),
        "sample_seed": draw.randint(0, 99),
    }  # fmt: skip
    match draw.choices(list(_WAYS), list(_WAYS.values()))[0]:
        case "api":
            return await client.as_api(values)
        case "build":
            return await client.as_api(values, "build")
        case "compare":
            return await client.as_page(values, "compare")
        case "lab":
            return await client.as_page(values, f"lab-{draw.choice(_LABS)}")
        case "bad":
            return await client.as_api(values | {"n_head": 7, "n_embd": 100})
        case "stop" | "leave" as how:
            return await _leave(client, values, draw, stop=how == "stop")
    return await client.as_page(values)


async def _leave(client: Client, values: dict[str, Any], draw: random.Random, *, stop: bool) -> Outcome:
    """Presses, listens for a moment, and stops or closes the tab."""
    button = draw.choice(("generate", "compare", f"lab-{draw.choice(_LABS)}", "build"))
    full = DEFAULTS | values | {"max_new_tokens": 400}
    session, outcome = uuid.uuid4().hex, Outcome(values)
    function = await client.page_function(button)
    joined = await client.join([full[name] for name in order_of(button)], function, session)
    if joined.status_code != 200:
        outcome.refusal = joined.text
        return outcome

    async def listen() -> None:
        async for _, message in client.stream(f"/gradio_api/queue/data?session_hash={session}"):
            if message["msg"] == "close_stream":
                return

    listening = asyncio.create_task(listen())
    await asyncio.sleep(draw.random() * 0.6)
    if stop:
        body = {"event_id": joined.json()["event_id"], "fn_index": function, "session_hash": session}
        await client.http.post(f"{client.url}/gradio_api/cancel", json=body)
        await asyncio.sleep(0.2)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return outcome
