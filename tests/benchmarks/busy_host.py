"""One visitor, while something else on the machine keeps one of its cores busy: two threads that then share
the other core are not to wait for each other a time slice at each matrix."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.one_visitor import TEXT, Found, decode_rate, request
from benchmarks.running_app import DEPTHS, new_seed, running_app
from benchmarks.table import cell, in_turns, print_row, ratio

_BUSY = "while True: pass"


@contextmanager
def a_busy_core() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", _BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def busy(rounds: int) -> None:
    found: Found = defaultdict(list)
    async with running_app() as app:
        for n in in_turns(rounds):
            outcome = await app.ask(request(DEPTHS[n % 2], new_seed(), TEXT))
            found["quiet"].append(decode_rate(outcome.arrivals))
            await app.rest()
            with a_busy_core():
                outcome = await app.client.as_api(request(DEPTHS[n % 2], new_seed(), TEXT))
            assert outcome.ok, outcome.refusal
            found["busy"].append(decode_rate(outcome.arrivals))
    print_row(f"{TEXT} tokens, one core kept busy by others", cell(found["busy"], "tokens/s", 1),
              f"with both cores {cell(found['quiet'], 'tokens/s', 1)}",
              ratio(found["busy"], found["quiet"], 2))  # fmt: skip
