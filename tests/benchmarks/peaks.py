"""Peak memory of each way to build and decode, each in a process of its own.

A process that has imported its library and nothing else is where the counting starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gpt2core.runtime.settings import TORCH_ENVIRONMENT

ROOT = Path(__file__).parents[2]
OURS = """
import torch
from gpt2core import GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.model.generation import generate_rows
def start():
    return build(GPTConfig(), device="cpu").model
def decode(model, rows, n):
    options = [SamplingOptions(max_new_tokens=n, seed=row) for row in range(rows)]
    for _ in generate_rows(model, list(range(100, 116)), options):
        pass
"""
THEIRS = """
import torch
from transformers import GPT2Config, GPT2LMHeadModel
def start():
    return GPT2LMHeadModel(GPT2Config(attn_implementation="sdpa")).eval()
@torch.inference_mode()
def decode(model, rows, n):
    idx = torch.tensor([list(range(100, 116))] * rows)
    model.generate(idx, attention_mask=torch.ones_like(idx), do_sample=False, min_new_tokens=n,
                   max_new_tokens=n, pad_token_id=0)
"""
MEASURE = """
import re
def kb(name):
    return int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1])
before = kb("VmRSS")
model = start()
{work}
print((kb("VmHWM") - before) / 1e3)
"""
PATHS = {
    "peak memory: build": "",
    "peak memory: build, decode 1 row": "decode(model, 1, 128)",
    "peak memory: build, decode 32 rows": "decode(model, 32, 32)",
}


def peak(library: str, work: str) -> float:
    """MB."""
    code = library + MEASURE.format(work=work)
    environment = {"HF_HUB_OFFLINE": "1"} | TORCH_ENVIRONMENT | os.environ
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return float(run.stdout.splitlines()[-1])


def rows() -> list[tuple[str, str, str, float]]:
    """Lines of the table: what, transformers, this, the ratio."""
    found = []
    for name, work in PATHS.items():
        theirs, ours = peak(THEIRS, work), peak(OURS, work)
        found.append((name, f"{theirs:.0f} MB", f"{ours:.0f} MB", theirs / ours))
    return found
