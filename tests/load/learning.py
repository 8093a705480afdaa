"""A class that watches one run of training, while another generates."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from client import Client, Outcome
from crowds import quantile, student

RUN = {
    "n_layer": 3, "n_head": 4, "n_embd": 160, "block_size": 256, "vocab_size": 256, "source": "stories-en",
}  # fmt: skip
SPEAKS = {"n_layer": 6, "n_head": 6, "n_embd": 192}
_N, _ROUNDS = 50, 3


async def _generate(client: Client, n: int) -> list[Outcome]:
    texts = [client.as_page(student(k, **SPEAKS)) for k in range(n)]
    return list(await asyncio.gather(*texts))


async def beside_generating(
    client: Client, n: int = _N, rounds: int = _ROUNDS, steps: int = 300
) -> dict[str, Any]:
    """What came of `n` who press Train with one link at a moment, half as the page and half as the API, and
    seconds to the first text of as many who generate, without and beside that."""
    await client.page_function("train")
    await _generate(client, n)  # the model is there, as it is in the middle of a lesson
    without = [o for _ in range(rounds) for o in await _generate(client, n)]
    ways = (client.as_page, client.as_api)
    watching = asyncio.gather(*[ways[k % 2](RUN | {"steps": steps}, "train") for k in range(n)])
    await asyncio.sleep(3)
    beside: list[Outcome] = []
    while not watching.done() and len(beside) < rounds * n:
        beside += await _generate(client, n)
    watched = await watching
    told = [o.last for o in watched]
    curves = {json.dumps([t["training"], t["validation"]]) for t in told if "training" in t}
    return {
        "failures": sum(not o.ok for o in [*watched, *without, *beside]),
        "runs": len({t.get("run") for t in told}),
        "curves": len(curves),
        "without": [o.first or 1e9 for o in without], "beside": [o.first or 1e9 for o in beside],
        "seconds": max(o.seconds for o in watched),
    }  # fmt: skip


def said(found: dict[str, Any]) -> list[str]:
    without, beside = (quantile(found[name], 0.95) for name in ("without", "beside"))
    return [
        f"{found['failures']} failures", f"{found['runs']} run computed, {found['curves']} curve",
        f"p95 of first text {beside:.2f} s against {without:.2f} s without: {beside / without:.2f} times",
        f"the run took {found['seconds']:.0f} s",
    ]  # fmt: skip
