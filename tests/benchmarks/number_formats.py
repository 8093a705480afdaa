"""What bfloat16 gives a visitor of the running app, against float32, which takes turns with it."""

from __future__ import annotations

from collections import defaultdict

from benchmarks.one_visitor import LONGER_TEXT, Found, decode_rate, request
from benchmarks.running_app import new_seed, running_app
from benchmarks.table import cell, in_turns, print_row, ratio

_FORMATS = ("float32", "bfloat16")


async def formats(rounds: int) -> None:
    found: Found = defaultdict(list)
    async with running_app() as app:
        for _ in in_turns(rounds):
            for dtype in _FORMATS:
                outcome = await app.ask(request(12, new_seed(), LONGER_TEXT) | {"dtype": dtype})
                assert outcome.ok, outcome.refusal
                found[f"first {dtype}"].append(outcome.first or float("nan"))
                found[f"rate {dtype}"].append(decode_rate(outcome.arrivals))
    full, half = ([found[f"{what} {dtype}"] for what in ("rate", "first")] for dtype in _FORMATS)
    what = f"bfloat16, 1 row, {LONGER_TEXT} tokens, a new model"
    print_row(what, cell(half[0], "tokens/s"), f"float32 {cell(full[0], 'tokens/s')}",
              ratio(half[0], full[0], 2))  # fmt: skip
    print_row(f"{what}: first text", cell(half[1], "s", 2), f"float32 {cell(full[1], 's', 2)}",
              ratio(full[1], half[1], 2))  # fmt: skip
