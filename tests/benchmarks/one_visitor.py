"""One visitor of the running app: builds, asks a new shape for text, and reads along; peers take turns with
it round by round."""

from __future__ import annotations

import asyncio
import statistics
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from benchmarks import machine, peers
from benchmarks.peers import PROMPT
from benchmarks.running_app import DEPTHS, App, memory_mb, new_seed, running_app
from benchmarks.table import cell, in_turns, print_row, quantile, ratio

from gpt2core import GPTConfig, Tokenizer, count_parameters

Found: TypeAlias = defaultdict[str, list[float]]

TEXT, LONGER_TEXT = 50, 128  # tokens
_IDLE_SECONDS = 5.0  # within which an engine without work has settled


def request(n_layer: int, seed: int, tokens: int, sample_seed: int = 0) -> dict[str, object]:
    """At temperature 1, with the peers' prompt."""
    return {"n_layer": n_layer, "seed": seed, "prompt": Tokenizer().decode(PROMPT),
            "max_new_tokens": tokens, "sample_seed": sample_seed}  # fmt: skip


def print_memory(app: App, after: str) -> None:
    now, most = memory_mb(app.engine)
    print_row(f"memory of the engine's process, {after}", f"{now:.0f} MB (peak {most:.0f})")


def decode_rate(arrivals: Sequence[tuple[float, int]]) -> float:
    """Tokens/s from the first text on, of (seconds, tokens so far)."""
    (begin, first), (_, last) = arrivals[0], arrivals[-1]
    end = next(at for at, n in arrivals if n == last)
    return (last - first) / (end - begin)


async def build(rounds: int) -> None:
    found: Found = defaultdict(list)
    with peers.transformers() as hf:
        async with running_app() as app:
            for n in in_turns(rounds):
                n_layer = DEPTHS[n % 2]
                found["theirs"].append(hf.ask("build", n_layer=n_layer))
                outcome = await app.ask({"n_layer": n_layer, "seed": new_seed()}, "build")
                found["reported"].append(outcome.last["seconds"])
                found["answered"].append(outcome.seconds)
            theirs = found["theirs"]
            for name, key in (("as the server reports it", "reported"), ("request to answer", "answered")):
                print_row(f"build, {name}", cell(found[key], "s", 2),
                          f"transformers {cell(theirs, 's', 2)}", ratio(theirs, found[key]))  # fmt: skip
            print_memory(app, f"{rounds} models built")


async def fresh(rounds: int) -> None:
    found: Found = defaultdict(list)
    with peers.transformers() as hf:
        async with running_app() as app:
            for n in in_turns(rounds):
                n_layer, seed = DEPTHS[n % 2], new_seed()
                theirs = hf.ask("fresh", n_layer=n_layer, ids=PROMPT, tokens=TEXT)
                found["their first"].append(theirs["first"])
                found["their 0"].append(theirs["seconds"])
                for k in range(3):
                    outcome = await app.ask(request(n_layer, seed, TEXT, sample_seed=k))
                    if k == 0:
                        found["first"].append(outcome.first or float("nan"))
                    found[str(k)].append(outcome.seconds)
                    found[f"rate {k}"].append(outcome.last["tokens_per_second"])
            for name, key in (("first text", "first"), (f"{TEXT} tokens, request to done", "0")):
                theirs, ours = found[f"their {key}"], found[key]
                print_row(f"a new shape: {name}", cell(ours, "s", 2),
                          f"transformers {cell(theirs, 's', 2)}", ratio(theirs, ours))  # fmt: skip
            first = found["rate 0"]
            for k, name in ((1, "second"), (2, "third")):
                again = found[f"rate {k}"]
                print_row(f"the {name} {TEXT} tokens on it, request to done", cell(found[str(k)], "s", 2))
                print_row(f"the {name} {TEXT} tokens on it, speed as reported", cell(again, "tokens/s"),
                          f"the first {cell(first, 'tokens/s')}", ratio(again, first, 2))  # fmt: skip
            print_memory(app, f"{rounds} models built and used")


async def decode(rounds: int) -> None:
    """One row of GPT-2 Small, of a new model and of one that has spoken."""
    found: Found = defaultdict(list)
    with peers.transformers() as hf, peers.engine() as engine, peers.ctranslate2(engine) as ct2:
        async with running_app() as app:
            for _ in in_turns(rounds):
                seed = new_seed()
                for name, peer in (("transformers", hf), ("CTranslate2", ct2)):
                    seconds = peer.ask("decode", ids=PROMPT, tokens=LONGER_TEXT, rows=1)
                    found[name].append(LONGER_TEXT / seconds)
                before = machine.bandwidth()
                for sample_seed, key in enumerate(("new", "again")):
                    outcome = await app.ask(request(12, seed, LONGER_TEXT, sample_seed))
                    found[key].append(decode_rate(outcome.arrivals))
                found["reading"].append(max(before, machine.bandwidth()))
                await app.rest()
                arrivals = engine.ask("arrivals", seed=seed, ids=PROMPT, tokens=LONGER_TEXT)
                note_steps(found, [b - a for a, b in pairwise(arrivals)])
    for key, model in (("new", "a new model"), ("again", "the same model again")):
        what = f"decode, 1 row, {LONGER_TEXT} tokens, {model}"
        for name in ("CTranslate2", "transformers"):
            print_row(what, cell(found[key], "tokens/s"), f"{name} {cell(found[name], 'tokens/s')}",
                      ratio(found[key], found[name], 2))  # fmt: skip
        beside = zip(found[key], found["reading"], strict=True)
        read = [rate * weight_bytes() / 1e9 for rate, _ in beside]
        print_row(f"{what}: weights read", cell(read, "GB/s"), f"memory {cell(found['reading'], 'GB/s')}",
                  ratio(read, found["reading"], 2))  # fmt: skip
    print_row("p95 of a step over its median, a new model (the engine without a server)",
              cell(found["p95 over median"], "", 2),
              f"p95 {cell(found['p95'], 'ms', 1)}, median {cell(found['median'], 'ms', 1)}")  # fmt: skip


def note_steps(found: Found, steps: Sequence[float]) -> None:
    """Of steps' seconds."""
    median, p95 = statistics.median(steps), quantile(steps, 0.95)
    found["median"].append(1e3 * median)
    found["p95"].append(1e3 * p95)
    found["p95 over median"].append(p95 / median)


def weight_bytes() -> int:
    """What GPT-2 Small reads of its weights for a token: all but the positions'."""
    counts = count_parameters(GPTConfig())
    return 4 * (counts.unique_total - counts.components["position_embedding"])


async def memory(_: int) -> None:
    """Of a process that has just been started, so that runs can be compared."""

    async def text(seed: int, then: str) -> None:
        await app.ask(request(12, seed, TEXT))
        await asyncio.sleep(_IDLE_SECONDS)
        print_memory(app, f"idle after {then}")

    async with running_app() as app:
        await asyncio.sleep(_IDLE_SECONDS)
        print_memory(app, "idle after its start")
        seed = new_seed()
        await text(seed, f"{TEXT} tokens of GPT-2 Small")
        await text(seed, "the same again")
        for name in ("second", "third"):
            await text(new_seed(), f"a {name} model")
