"""What befalls the engine while people use it: nothing may be lost, changed, or computed twice."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import crowds
import psutil
import torch
from client import Client, Outcome
from faulty_worker import KILLS
from orders import API_ORDER, DEFAULTS

from gpt2core import GPTConfig, Tokenizer, build
from gpt2core.model.noise import exponential_noise
from gpt2core.model.sampling import scaled_logits

_BACKGROUND: set[asyncio.Task[Any]] = set()  # or nobody would hold them
_NEAR = 1e-4  # two best tokens that are closer may change places: a prefill rounds otherwise than steps do


def engine_of(server: int) -> psutil.Process | None:
    """The engine's process of the server with this pid."""
    for child in psutil.Process(server).children():
        with suppress(psutil.NoSuchProcess):  # one that ends just now
            if "worker" in " ".join(child.cmdline()):
                return child
    return None


async def kill_while_it_runs(client: Client, server: int, after: float) -> None:
    """kill -9 for the engine, so long after it has begun to decode."""
    while not (await _health(client))["running"]:
        await asyncio.sleep(0.05)
    await asyncio.sleep(after)
    process = engine_of(server)
    if process is not None:
        process.kill()


async def _health(client: Client) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.http.get(f"{client.url}/health")).json()
    return answer


async def killed_crowd(
    client: Client, server: int, requests: list[dict[str, Any]], kills: int, after: float = 1.0
) -> list[Outcome]:
    """Everybody presses at one moment, and the engine is killed so often meanwhile."""
    await client.page_function("generate")
    crowd = asyncio.create_task(crowds.all_at_once(client, requests))
    for _ in range(kills):
        await kill_while_it_runs(client, server, after)
        await asyncio.sleep(0.5)  # until /health knows
    return await crowd


async def killed_for(
    client: Client, server: int, seconds: float, every: float, visitors: int
) -> tuple[list[Outcome], int]:
    """Visitors ask again and again, and the engine is killed every so many seconds: what they got, and how
    many kills there were."""
    until, kills, n = time.perf_counter() + seconds, 0, 0
    outcomes: list[Outcome] = []

    async def visit(k: int) -> None:
        nonlocal n
        ways: tuple[Callable[[dict[str, Any]], Awaitable[Outcome]], ...] = (client.as_page, client.as_api)
        while time.perf_counter() < until:
            n += 1
            shape = crowds.shapes(6)[n % 6]
            outcomes.append(await ways[k % 2](crowds.student(n, **shape)))

    await client.page_function("generate")
    visits = [asyncio.create_task(visit(k)) for k in range(visitors)]
    while time.perf_counter() + every < until:
        await asyncio.sleep(every)
        process = engine_of(server)
        if process is not None:
            process.kill()
            kills += 1
    await asyncio.gather(*visits)
    return outcomes, kills


async def with_a_killer(client: Client, requests: list[dict[str, Any]]) -> tuple[Outcome, list[Outcome]]:
    """One who really kills the process each time it is tried, among others."""
    killer = asyncio.create_task(client.as_api(requests[0] | {"prompt": KILLS}))
    others = await crowds.all_at_once(client, requests[1:])
    return await killer, others


def in_background(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Lets it go on, whatever becomes of it."""
    task = asyncio.get_running_loop().create_task(coroutine)
    _BACKGROUND.add(task)
    task.add_done_callback(_BACKGROUND.discard)


async def told_after(
    client: Client, request: dict[str, Any], fault: Callable[[], None]
) -> tuple[float, Outcome]:
    """A text is being written when `fault` comes: seconds until its reader hears that it goes on later, and
    what became of it."""
    outcome = Outcome(request)
    running = asyncio.create_task(client.as_api(request, into=outcome))
    while outcome.first is None:
        await asyncio.sleep(0.02)
    fault()
    begin = time.perf_counter()
    while not outcome.restarted and not running.done():
        await asyncio.sleep(0.02)
    told = time.perf_counter() - begin
    return told, await running


def suspend(server: int, seconds: float) -> Callable[[], None]:
    """Stops the engine's process for so long."""

    def fault() -> None:
        process = engine_of(server)
        assert process is not None
        process.send_signal(signal.SIGSTOP)

        async def go_on() -> None:
            await asyncio.sleep(seconds)
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)

        in_background(go_on())

    return fault


def changed(outcomes: list[Outcome]) -> tuple[int, int]:
    """How many got another text than alone, and in how many of those it began where the two best tokens lay
    within _NEAR."""
    other = near = 0
    models: dict[Any, Any] = {}
    for outcome in sorted((o for o in outcomes if o.ok), key=lambda o: str(o.values)):
        expected, got = crowds.alone(outcome.values, models), outcome.last["tokens"]
        if got != expected:
            other += 1
            at = next(n for n, (a, b) in enumerate(zip(expected, got, strict=True)) if a != b)
            near += _margin(outcome.values, expected[:at]) < _NEAR
    return other, near


def _margin(values: dict[str, Any], before: list[int]) -> float:
    """By how much the best token is ahead of the second, in the logits that noise was added to."""
    full = DEFAULTS | values
    key = tuple(full[name] for name in API_ORDER[:8])
    model = build(GPTConfig(*key[:7]), seed=key[7], device="cpu").model
    ids = Tokenizer(full["vocab_size"]).encode(full["prompt"]) + before
    with torch.inference_mode():
        logits = model(torch.tensor([ids]))[0, -1]
    temperature = full["temperature"]
    score = scaled_logits(logits, temperature)
    if temperature:
        score = score - exponential_noise([(full["sample_seed"], len(ids))], logits.numel())[0].log()
    first, second = score.topk(2).values.tolist()
    return float(first - second) * (temperature or 1.0)
