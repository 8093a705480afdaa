"""A class that watches one run of training, while another generates."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from client import Client, Outcome
from crowds import student

RUN = {
    "n_layer": 4, "n_head": 4, "n_embd": 128, "block_size": 256, "vocab_size": 256, "source": "stories-en",
    "steps": 300,
}  # fmt: skip
SPEAKS = {"n_layer": 6, "n_head": 6, "n_embd": 192}
_N, _ROUNDS = 50, 3


async def _generate(client: Client) -> list[Outcome]:
    texts = [client.as_page(student(n, **SPEAKS)) for n in range(_N)]
    return list(await asyncio.gather(*texts))


async def beside_generating(client: Client, n: int = _N, rounds: int = _ROUNDS) -> dict[str, Any]:
    """What came of `n` who press Train with one link at a moment, half as the page and half as the API, and
    seconds to the first text of as many who generate, without and beside that."""
    await client.page_function("train")
    await _generate(client)  # the model is there, as it is in the middle of a lesson
    without = [o for _ in range(rounds) for o in await _generate(client)]
    ways = (client.as_page, client.as_api)
    watching = asyncio.gather(*[ways[k % 2](RUN, "train") for k in range(n)])
    await asyncio.sleep(3)
    beside: list[Outcome] = []
    while not watching.done() and len(beside) < rounds * _N:
        beside += await _generate(client)
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
