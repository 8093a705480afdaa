"""Somebody who wants all there is, from one address or from many of one network, among honest visitors."""

from __future__ import annotations

import asyncio
import random
import uuid
from typing import Any

import crowds
from client import Client
from orders import DEFAULTS, order_of

N_HONEST = 29
_LABS = ("trace", "gradients", "weights", "tying", "qkv", "devices")
_TINY = {"n_layer": 2, "n_head": 2, "n_embd": 64, "block_size": 65_536}


def hog_addresses(n: int) -> list[str]:
    """One IPv4 address, or `n` of one IPv6 /64."""
    return ["203.0.113.7"] if n == 1 else [f"2001:db8:0:1::{k:x}" for k in range(1, n + 1)]


async def largest_n_layer(client: Client, n_embd: int) -> int:
    """How many layers of this width still fit, as the server's own refusal says."""
    refused = await client.as_api(
        {"n_layer": 128, "n_embd": n_embd, "n_head": n_embd // 64, "vocab_size": 1000}, "build"
    )
    words = (refused.refusal or "").split()
    numbers = [int(w) for w in words if w.isdigit() and int(w) < 128]
    return numbers[-1] if numbers else 48


def wishes(n_jobs: int, n_shapes: int, largest: int) -> list[tuple[str, dict[str, Any]]]:
    """(button, values) of all that the hog presses: long texts over shapes up to the largest that fits,
    comparisons, builds, labs."""
    draw = random.Random(1)
    sizes = [crowds.shapes(n_shapes)[k] | {"block_size": 4096} for k in range(n_shapes - 3)]
    sizes += [{"n_layer": n, "n_embd": 2048, "n_head": 32, "vocab_size": 1000} for n in
              (largest // 4, largest // 2, largest)]  # fmt: skip
    long = {"max_new_tokens": 4000, "temperature": 1.0}
    wanted = [("generate", sizes[k % n_shapes] | long | {"sample_seed": k}) for k in range(n_jobs // 2)]
    wanted += [("compare", _TINY | long | {"max_new_tokens": 60_000, "sample_seed": k}) for k in range(64)]
    rest = n_jobs - len(wanted)
    for k in range(rest):
        button = "build" if k % 2 else f"lab-{_LABS[k % len(_LABS)]}"
        wanted.append((button, sizes[k % n_shapes] | {"seed": 100 + k}))
    draw.shuffle(wanted)
    return wanted


async def hold_everything(client: Client, addresses: list[str], n_jobs: int, n_shapes: int) -> None:
    """Presses everything under ever new session names, listens, and presses again what has ended, until it
    is cancelled."""
    largest = await largest_n_layer(client, 2048)
    wanted = wishes(n_jobs, n_shapes, largest)
    for button, _ in wanted:
        await client.page_function(button)

    async def insist(n: int, button: str, values: dict[str, Any]) -> None:
        mine = client.of(addresses[n % len(addresses)])
        data = [(DEFAULTS | values)[name] for name in order_of(button)]
        await asyncio.sleep(n * 0.02)
        while True:
            session = uuid.uuid4().hex
            joined = await mine.join(data, await mine.page_function(button), session)
            if joined.status_code == 200:
                async for _, message in mine.stream(f"/gradio_api/queue/data?session_hash={session}"):
                    if message["msg"] == "close_stream":
                        break
            await asyncio.sleep(0.5)

    await asyncio.gather(*[insist(n, *each) for n, each in enumerate(wanted)])


async def honest_first_texts(
    client: Client, *, hogs: list[str], rounds: int = 3, n_jobs: int = 200, n_shapes: int = 20,
    settle: float = 10.0,
) -> list[float]:  # fmt: skip
    """Seconds until each honest visitor's first text, with these addresses of a hog or with none."""
    await client.page_function("generate")
    held = asyncio.create_task(hold_everything(client, hogs, n_jobs, n_shapes)) if hogs else None
    await asyncio.sleep(settle if held else 0)

    async def visit(n: int) -> list[float]:
        mine, found = client.of(f"198.51.100.{n + 1}"), []
        for k in range(rounds):
            shape = {"n_layer": 4, "n_embd": 256, "n_head": 4, "seed": n % 3}
            outcome = await mine.as_page(crowds.student(100 * k + n, **shape))
            assert outcome.ok, outcome.refusal
            assert outcome.first is not None
            found.append(outcome.first)
        return found

    try:
        found = await asyncio.gather(*[visit(n) for n in range(N_HONEST)])
    finally:
        if held:
            held.cancel()
            await asyncio.gather(held, return_exceptions=True)
    return [seconds for each in found for seconds in each]
