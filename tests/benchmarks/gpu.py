"""Building and decoding on a GPU against transformers' eager generate in the same dtype.

.venv/bin/python tests/benchmarks/gpu.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gpt2core.runtime.settings import TORCH_ENVIRONMENT

os.environ |= {"HF_HUB_OFFLINE": "1"} | TORCH_ENVIRONMENT | os.environ  # before torch loads

import torch
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils import logging

from gpt2core import PRESETS, BuiltModel, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.model import GPT
from gpt2core.model.generation import generate_rows

PROMPT = list(range(100, 116))
TOKENS = 256


def seconds(work: Callable[[], object]) -> float:
    torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def theirs(dtype: torch.dtype) -> GPT2LMHeadModel:
    config = GPT2Config(attn_implementation="sdpa")
    return GPT2LMHeadModel(config).eval().to(device="cuda", dtype=dtype)


@torch.inference_mode()
def their_tokens(model: GPT2LMHeadModel) -> None:
    idx = torch.tensor([PROMPT], device="cuda")
    model.generate(idx, attention_mask=torch.ones_like(idx), do_sample=False, min_new_tokens=TOKENS,
                   max_new_tokens=TOKENS, pad_token_id=0)  # fmt: skip


def our_tokens(model: GPT, n: int = TOKENS) -> None:
    assert len(list(generate(model, PROMPT, n, 1.0))) == n


def decoding(dtype: torch.dtype, rounds: int) -> tuple[float, float]:
    """Tokens/s, ours and theirs, in turns."""
    hf, model = theirs(dtype), build(PRESETS["gpt2"], device="cuda", dtype=dtype).model
    works = (partial(our_tokens, model), partial(their_tokens, hf))
    for work in works:
        work()
    taken = [[seconds(work) for work in works] for _ in range(rounds)]
    ours, their = (TOKENS / statistics.median(column) for column in zip(*taken, strict=True))
    return ours, their


def build_on_gpu(preset: str, seed: int) -> BuiltModel:
    return build(PRESETS[preset], seed=seed, device="cuda")


def first_token(dtype: torch.dtype, n: int) -> None:
    """And the second, whose step is captured, of a shape that has not been there before."""
    our_tokens(build(replace(PRESETS["gpt2"], n_layer=8 + n), device="cuda", dtype=dtype).model, 2)


def class_tokens(model: GPT, rows: int) -> float:
    """Tokens/s of so many texts at once, in float32."""
    options = [SamplingOptions(0.3, max_new_tokens=TOKENS, seed=n) for n in range(rows)]
    return rows * TOKENS / seconds(lambda: list(generate_rows(model, PROMPT, options)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    logging.set_verbosity_error()
    if not torch.cuda.is_available():
        sys.exit("There is no GPU here.")
    for dtype in (torch.float32, torch.bfloat16):
        first_token(dtype, -1)  # libraries load on first use

    def median(work: Callable[[int], object]) -> float:
        return statistics.median(seconds(partial(work, n)) for n in range(rounds))

    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}\n\n| what | found |\n|---|---|")
    for preset in ("gpt2", "gpt2-xl"):
        took = median(partial(build_on_gpu, preset))
        print(f"| build {preset} | {took * 1e3:.0f} ms |")
    for dtype in (torch.float32, torch.bfloat16):
        name = str(dtype).removeprefix("torch.")
        took = median(partial(first_token, dtype))
        print(f"| a new shape's first two tokens, {name} | {took * 1e3:.0f} ms |")
        fast, slow = decoding(dtype, rounds)
        ratio = f"{fast / slow:.1f}"
        print(f"| decode, 1 row, {name} | {fast:.0f} tokens/s; transformers {slow:.0f}: {ratio} times |")
        model = build(PRESETS["gpt2"], device="cuda", dtype=dtype).model
        for rows in (4, 16, 100):
            rates = [class_tokens(model, rows) for _ in range(rounds)]
            print(f"| decode, {rows} rows, {name} | {statistics.median(rates):.0f} tokens/s |")


if __name__ == "__main__":
    main()
