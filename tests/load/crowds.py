"""Many visitors at once: does everybody get their own text, and how soon."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
import uuid
from typing import Any

from burst import burst
from client import Client, Outcome
from gauges import settled, watch_health
from orders import API_ORDER, DEFAULTS

from gpt2core import GPTConfig, Tokenizer, build, generate

WORDS = [
    "the", "model", "of", "a", "river", "and", "its", "old", "stone", "bridge", "under", "seven", "stars",
]  # fmt: skip


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))] if values else float("nan")


def student(n: int, **more: Any) -> dict[str, Any]:
    """A request nobody else makes."""
    prompt = f"Student {n} asks about " + " ".join(WORDS[n % 7 : n % 7 + 3 + n % 5])
    return {"prompt": prompt, "temperature": (0, 0.05, 0.1, 0.3, 1.0)[n % 5], "sample_seed": n,
            "max_new_tokens": 50} | more  # fmt: skip


def shapes(n: int) -> list[dict[str, Any]]:
    """`n` different shapes of up to 30M parameters."""
    return [
        {"n_layer": 1 + k % 6, "n_head": 2 ** (k % 3), "n_embd": 64 + 32 * (k % 12), "seed": k,
         "bias": k % 2 == 0, "tie_weights": k % 3 != 0 or k % 12 > 6, "block_size": 128 + 64 * (k % 3)}
        for k in range(n)
    ]  # fmt: skip


async def all_at_once(client: Client, requests: list[dict[str, Any]]) -> list[Outcome]:
    """Half of them as the page, half as the API."""
    ways = (client.as_page, client.as_api)
    return list(await asyncio.gather(*[ways[n % 2](values) for n, values in enumerate(requests)]))


def alone(values: dict[str, Any], models: dict[Any, Any]) -> list[int]:
    """The tokens that the library gives for the same request."""
    full = DEFAULTS | values
    key = tuple(full[name] for name in API_ORDER[:8])
    if key not in models:
        models.clear()
        models[key] = build(GPTConfig(*key[:7]), seed=key[7], device="cpu").model
    ids = Tokenizer(full["vocab_size"]).encode(full["prompt"])
    steps = generate(
        models[key], ids, full["max_new_tokens"], full["temperature"], full["top_k"] or None,
        None if full["top_p"] == 1 else full["top_p"], full["sample_seed"],
    )  # fmt: skip
    return [step.token_id for step in steps]


def mixed_up(outcomes: list[Outcome]) -> int:
    """How many got another text than the same request gives alone."""
    models: dict[Any, Any] = {}
    by_model = sorted(
        (o for o in outcomes if o.ok), key=lambda o: str([o.values.get(n) for n in API_ORDER[:8]])
    )
    return sum(o.last.get("tokens") != alone(o.values, models) for o in by_model)


async def crowd(client: Client, requests: list[dict[str, Any]]) -> dict[str, Any]:
    """Everybody presses the button at one moment."""
    await client.page_function("generate")  # they have opened the page before
    stop = threading.Event()
    watching = asyncio.create_task(asyncio.to_thread(watch_health, client.url, stop))
    start = time.perf_counter()
    outcomes = await all_at_once(client, requests)
    seconds = time.perf_counter() - start
    stop.set()
    return {
        "outcomes": outcomes,
        "failures": [o.refusal or "no end" for o in outcomes if not o.ok],
        "seconds": seconds,
        "first_p95": quantile([o.first or 1e9 for o in outcomes], 0.95),
        "health_p99": quantile(await watching, 0.99),
    }


async def at_the_labs(client: Client, labs: list[str], n: int) -> list[Outcome]:
    """`n` students press the buttons of labs at one moment, each with a prompt of their own."""
    await client.page_function(f"lab-{labs[0]}")
    return list(await asyncio.gather(*[
        client.as_page({"prompt": f"Student {k} tries", "layer": 1 + k % 12}, f"lab-{labs[k % len(labs)]}")
        for k in range(n)
    ]))  # fmt: skip


async def excess(client: Client, requests: list[dict[str, Any]]) -> tuple[list[Outcome], list[float]]:
    """More than the house takes, at once: what became of those let in, and after how many seconds
    each of the others was refused."""
    fn_index = await client.page_function("generate")
    sessions = [uuid.uuid4().hex for _ in requests]
    bodies = [
        {"data": [(DEFAULTS | values)[name] for name in API_ORDER], "fn_index": fn_index,
         "session_hash": session, "trigger_id": None}
        for values, session in zip(requests, sessions, strict=True)
    ]  # fmt: skip
    start = time.perf_counter()
    answers = await burst(client.url, bodies)
    let_in = [n for n, (_, status, _) in enumerate(answers) if status == 200]
    refused = [seconds for seconds, status, text in answers if status != 200 and "try again" in text]
    following = [client.follow(Outcome(requests[n]), sessions[n], start) for n in let_in]
    return list(await asyncio.gather(*following)), refused


async def flood(client: Client, honest: int, *, flooder: bool, rounds: int = 3) -> list[float]:
    """Seconds of each honest visitor's jobs, with or without somebody who never stops asking."""
    stop = asyncio.Event()
    session = uuid.uuid4().hex

    async def pester() -> None:
        fn_index, n = await client.page_function("generate"), 0
        while not stop.is_set():
            values = DEFAULTS | student(n, max_new_tokens=200, n_layer=4, n_embd=256, n_head=4)
            await client.join([values[name] for name in API_ORDER], fn_index, session)
            n += 1
            await asyncio.sleep(0.02)

    async def listen() -> None:
        while not stop.is_set():
            async for _ in client.stream(f"/gradio_api/queue/data?session_hash={session}"):
                if stop.is_set():
                    return

    async def visit(n: int) -> list[float]:
        seconds = []
        for k in range(rounds):
            shape = {"n_layer": 4, "n_embd": 256, "n_head": 4}
            outcome = await client.as_page(student(100 * k + n, **shape))
            assert outcome.ok, outcome.refusal
            seconds.append(outcome.seconds)
        return seconds

    pests = [asyncio.create_task(pester()), asyncio.create_task(listen())] if flooder else []
    await asyncio.sleep(0.5 * flooder)
    taken = await asyncio.gather(*[visit(n) for n in range(honest)])
    stop.set()
    for pest in pests:
        pest.cancel()
    return [seconds for each in taken for seconds in each]


async def disconnect(client: Client, n: int) -> float:
    """`n` visitors leave in the middle; seconds until the computing has stopped."""
    endless = {"n_layer": 2, "n_embd": 64, "n_head": 2, "block_size": 60000, "max_new_tokens": 50000}

    fn_index = await client.page_function("generate")

    async def leave(k: int) -> None:
        session = uuid.uuid4().hex
        values = DEFAULTS | student(k) | endless
        await client.join([values[name] for name in API_ORDER], fn_index, session)
        texts = 0
        async for _, message in client.stream(f"/gradio_api/queue/data?session_hash={session}"):
            texts += message["msg"] == "process_generating"
            if texts > 3:
                return  # closes the connection

    await asyncio.gather(*[leave(k) for k in range(n)])
    return await settled(client)


async def abandon(client: Client, n: int) -> float:
    """`n` jobs that nobody comes to hear; seconds until nothing of them is computed."""
    fn_index = await client.page_function("generate")
    for k in range(n):
        values = DEFAULTS | student(k, n_layer=2, n_embd=64, n_head=2)
        response = await client.join([values[name] for name in API_ORDER], fn_index, uuid.uuid4().hex)
        assert response.status_code == 200
    return await settled(client)


def median(values: list[float]) -> float:
    return statistics.median(values)
