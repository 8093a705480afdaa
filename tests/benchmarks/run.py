"""Building and decoding GPT-2 Small against Hugging Face transformers, measured in one run.

    .venv/bin/python tests/benchmarks/run.py [--rounds 5] [--no-compile]

Peers take turns in every round and medians are shown, because machines are noisy. transformers runs
at its best: inference mode, sdpa attention, its own cache, all cores, greedy, and never stopping early.
Ours samples at temperature 1, noise included. The table is the README's.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

from gpt2core.runtime.settings import TORCH_ENVIRONMENT

os.environ |= {"HF_HUB_OFFLINE": "1"} | TORCH_ENVIRONMENT | os.environ  # before torch loads

import torch
from benchmarks import peaks
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils import logging

from gpt2core import GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.model import GPT
from gpt2core.model.generation import generate_rows

PROMPT = list(range(100, 116))
TOKENS = 128
times: defaultdict[str, list[float]] = defaultdict(list)


def measure(name: str, work: Callable[[], object]) -> None:
    gc.collect()
    start = time.perf_counter()
    result = work()
    times[name].append(time.perf_counter() - start)
    del result


def theirs(n_layer: int = 12) -> GPT2LMHeadModel:
    return GPT2LMHeadModel(GPT2Config(n_layer=n_layer, attn_implementation="sdpa")).eval()


@torch.inference_mode()
def their_tokens(model: GPT2LMHeadModel, n: int, rows: int = 1) -> None:
    idx = torch.tensor([PROMPT] * rows)
    out = model.generate(
        idx, attention_mask=torch.ones_like(idx), do_sample=False, min_new_tokens=n, max_new_tokens=n,
        pad_token_id=0,
    )  # fmt: skip
    assert out.shape[1] == len(PROMPT) + n


def our_tokens(model: GPT, n: int, rows: int = 1) -> None:
    if rows == 1:
        steps = len(list(generate(model, PROMPT, n, 1.0)))
    else:
        options = [SamplingOptions(max_new_tokens=n, seed=row) for row in range(rows)]
        steps = len(list(generate_rows(model, PROMPT, options)))
    assert steps == n


def their_first_token(n_layer: int) -> None:
    their_tokens(theirs(n_layer), 1)


def our_first_token(config: GPTConfig, seed: int) -> None:
    our_tokens(build(config, seed=seed, device="cpu").model, 1)


def bandwidth() -> float:
    """GB/s: the best of several sums over 500 MB, which all cores share."""
    numbers = torch.ones(125_000_000)
    best = 0.0
    for _ in range(8):
        start = time.perf_counter()
        numbers.sum()
        best = max(best, numbers.nbytes / (time.perf_counter() - start) / 1e9)
    return best


def compiled_peer() -> tuple[float, float]:
    """Seconds to compile, and tokens/s after that, with a static cache and torch.compile."""
    model = theirs()
    model.generation_config.cache_implementation = "static"
    model.forward = torch.compile(model.forward, mode="default", fullgraph=True)
    start = time.perf_counter()
    their_tokens(model, TOKENS)
    their_tokens(model, TOKENS)
    compiling = time.perf_counter() - start
    start = time.perf_counter()
    their_tokens(model, TOKENS)
    return compiling, TOKENS / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-compile", action="store_true")
    arguments = parser.parse_args()
    logging.set_verbosity_error()

    config = GPTConfig()
    hf, ours = theirs(), build(config, device="cpu").model
    their_tokens(hf, 4)
    our_tokens(ours, 4)
    our_tokens(ours, 12, rows=32)  # the weights are packed along the way
    reading: list[float] = []
    for n in range(arguments.rounds):
        measure("hf build", theirs)
        measure("build", partial(build, config, seed=n, device="cpu"))
        depth = 11 if n % 2 else 13  # a shape change each time
        measure("hf first", partial(their_first_token, depth))
        measure("first", partial(our_first_token, dataclasses.replace(config, n_layer=depth), n))
        measure("hf decode", lambda: their_tokens(hf, TOKENS))
        before = bandwidth()
        measure("decode", lambda: our_tokens(ours, TOKENS))
        reading.append(max(before, bandwidth()))  # what the machine gave in just these seconds
        measure("hf 32", lambda: their_tokens(hf, TOKENS // 4, rows=32))
        measure("8", lambda: our_tokens(ours, TOKENS // 2, rows=8))
        measure("32", lambda: our_tokens(ours, TOKENS // 4, rows=32))
        print(f"round {n + 1}/{arguments.rounds}", file=sys.stderr)

    median = {name: statistics.median(values) for name, values in times.items()}
    speed = {
        "hf decode": TOKENS / median["hf decode"],
        "decode": TOKENS / median["decode"],
        "hf 32": 32 * (TOKENS // 4) / median["hf 32"],
        "8": 8 * (TOKENS // 2) / median["8"],
        "32": 32 * (TOKENS // 4) / median["32"],
    }
    weights = sum(p.numel() for n, p in ours.named_parameters() if "wpe" not in n) * 4 / 1e9
    shares = [TOKENS * weights / t / r for t, r in zip(times["decode"], reading, strict=True)]
    rows = [
        ("build", f"{median['hf build']:.2f} s", f"{median['build']:.2f} s",
         median["hf build"] / median["build"]),
        ("first token after a shape change", f"{median['hf first']:.2f} s", f"{median['first']:.2f} s",
         median["hf first"] / median["first"]),
        (f"decode, 1 row, {TOKENS} tokens", f"{speed['hf decode']:.0f} tokens/s",
         f"{speed['decode']:.0f} tokens/s", speed["decode"] / speed["hf decode"]),
        ("decode, 8 rows, total", f"{speed['hf decode']:.0f} tokens/s (1 row)",
         f"{speed['8']:.0f} tokens/s", speed["8"] / speed["hf decode"]),
        ("decode, 32 rows, total", f"{speed['hf decode']:.0f} tokens/s (1 row)",
         f"{speed['32']:.0f} tokens/s", speed["32"] / speed["hf decode"]),
        ("decode, 32 rows, total", f"{speed['hf 32']:.0f} tokens/s (32 rows)",
         f"{speed['32']:.0f} tokens/s", speed["32"] / speed["hf 32"]),
        *peaks.rows(),
    ]  # fmt: skip
    print("| GPT-2 Small, fp32 | transformers | this | ratio |\n|---|---|---|---|")
    for name, a, b, ratio in rows:
        print(f"| {name} | {a} | {b} | {ratio:.1f} |")
    print(
        f"\nReading memory: {statistics.median(reading):.0f} GB/s (from {min(reading):.0f} to "
        f"{max(reading):.0f} in this run); decoding one row reads {statistics.median(shares):.0%} of it, "
        f"measured beside each other (from {min(shares):.0%} to {max(shares):.0%})."
    )
    if not arguments.no_compile:
        seconds, compiled = compiled_peer()
        print(
            f"transformers with a static cache and torch.compile: {compiled:.0f} tokens/s, after "
            f"{seconds:.0f} s of compiling for this one shape."
        )


if __name__ == "__main__":
    main()
