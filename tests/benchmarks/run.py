"""The engine without a server before it, building and decoding GPT-2 Small against Hugging Face
transformers and CTranslate2, measured in one run.

    .venv/bin/python tests/benchmarks/run.py [--rounds 5] [--no-compile] [--no-peaks]

Peers are resident processes that take turns in every round; medians are shown, and the least and the most,
because machines are noisy. transformers and CTranslate2 decode greedily; ours samples at temperature 1,
noise included. What a visitor of the running server gets is for visitor.py to say.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

from benchmarks import machine, peaks, peers
from benchmarks.peers import PROMPT, Peer
from benchmarks.table import cell, in_turns, print_head, print_row, rates, ratio

from gpt2core import GPTConfig, count_parameters

TOKENS = {1: 128, 8: 64, 32: 32}  # by rows
_BETWEEN_SECONDS = 0.3  # for a peer's threads: they spin for a while before they sleep


def turn(peer: Peer, command: str, **arguments: object) -> float:
    time.sleep(_BETWEEN_SECONDS)
    return float(peer.ask(command, **arguments))


def decode(peer: Peer, rows: int) -> float:
    """Tokens/s of all rows together."""
    tokens = TOKENS[rows]
    return rows * tokens / turn(peer, "decode", ids=PROMPT, tokens=tokens, rows=rows)


def measured(rounds: int, hf: Peer, ct2: Peer, ours: Peer) -> dict[str, list[float]]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for n in in_turns(rounds):
        found["hf build"].append(turn(hf, "build", n_layer=12))
        found["build"].append(turn(ours, "build", n_layer=12, seed=n))
        depth = 11 if n % 2 else 13  # a shape change each time
        time.sleep(_BETWEEN_SECONDS)
        found["hf first"].append(hf.ask("fresh", n_layer=depth, ids=PROMPT, tokens=1)["seconds"])
        found["first"].append(turn(ours, "fresh", n_layer=depth, seed=n, ids=PROMPT, tokens=1))
        for rows in TOKENS:
            for name, peer in (("hf", hf), ("ct2", ct2), ("ours", ours)):
                before = machine.bandwidth() if rows == 1 and peer is ours else 0
                found[f"{name} {rows}"].append(decode(peer, rows))
                if before:  # what the machine gave in just these seconds
                    found["reading"].append(max(before, machine.bandwidth()))
    return found


def print_rows(found: dict[str, list[float]]) -> None:
    for name, key in (("build", "build"), ("first token after a shape change", "first")):
        theirs, ours = found[f"hf {key}"], found[key]
        print_row(name, cell(ours, "s", 2), f"transformers {cell(theirs, 's', 2)}", ratio(theirs, ours))
    for n in TOKENS:
        ours, what = found[f"ours {n}"], f"decode, {n} row{'s' * (n > 1)}"
        for name, key in (("transformers", f"hf {n}"), ("CTranslate2", f"ct2 {n}")):
            print_row(what, cell(ours, "tokens/s"), f"{name} {cell(found[key], 'tokens/s')}",
                      ratio(ours, found[key], 2))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--no-peaks", action="store_true")
    arguments = parser.parse_args()
    others = machine.Others()
    print(f"{machine.name()}\n")
    with peers.transformers() as hf, peers.library() as ours, peers.ctranslate2(ours) as ct2:
        for peer in (hf, ct2, ours):
            decode(peer, 8)
        found = measured(arguments.rounds, hf, ct2, ours)
        share = others.share()
        print_head("the engine alone, GPT-2 Small, fp32")
        print_rows(found)
        compiled = None if arguments.no_compile else hf.ask("compiled", ids=PROMPT, tokens=TOKENS[1])
    for name, a, b, times in [] if arguments.no_peaks else peaks.rows():
        print_row(name, b, f"transformers {a}", f"{times:.1f}")
    reading = found["reading"]
    counts = count_parameters(GPTConfig())
    read_gb = (counts.unique_total - counts.components["position_embedding"]) * 4 / 1e9
    shares = [100 * rate * read_gb / gbs for rate, gbs in zip(found["ours 1"], reading, strict=True)]
    print(
        f"\nReading memory: {cell(reading, 'GB/s')}; decoding one row reads {cell(shares, '%')} of it, "
        f"measured beside each other. Others had {share:.0%} of the machine meanwhile."
    )
    if compiled:
        (speed,) = rates(TOKENS[1], [compiled["seconds"]])
        print(
            f"transformers with a static cache and torch.compile: {speed:.0f} tokens/s, after "
            f"{compiled['compiling']:.0f} s of compiling for this one shape."
        )


if __name__ == "__main__":
    main()
