"""Closed forms against what torch counts, autograd keeps and the machine uses."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from gpt2core import build
from gpt2core.charts.base import quantities
from gpt2core.config import PRESETS, GPTConfig
from gpt2core.counting.costs import TRAINING, costs
from gpt2core.counting.footprint import (
    kv_cache_bytes,
    largest_n_layer,
    packed_bytes,
    pool_bytes,
    run_bytes,
    weight_bytes,
)
from gpt2core.counting.parameters import evaluate, fields_of
from gpt2core.errors import ConfigError
from gpt2core.labs.flop_check import saved_bytes
from gpt2core.model.gpt import GPT


def counted_flops(config: GPTConfig) -> int:
    with torch.device("meta"):
        model = GPT(config)
        idx = torch.zeros(1, config.block_size, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        model(idx)
    flops: int = counter.get_total_flops()
    return flops


@pytest.mark.parametrize(
    "config",
    [PRESETS["gpt2"], PRESETS["gpt-nano"], GPTConfig(3, 5, 40, 17, 91, False, False)],
    ids=["small", "nano", "odd"],
)
def test_flops_are_what_torch_counts(config: GPTConfig) -> None:
    assert costs(config).forward_flops == counted_flops(config)


def test_small_in_figures() -> None:
    c = costs(PRESETS["gpt2"])
    assert c.forward_flops == 291_648_307_200
    assert c.weight_bytes == 497_759_232
    assert c.kv_bytes_per_token == 2 * 36_864  # fp32; 36,864 B in fp16
    assert c.flops_per_token * 1024 == c.forward_flops


def test_another_number_format_is_other_bytes_and_the_same_work() -> None:
    config = PRESETS["gpt2-medium"]
    exact, half = costs(config), costs(config, 2)
    assert (2 * half.weight_bytes, 2 * half.kv_bytes_per_token) == (
        exact.weight_bytes,
        exact.kv_bytes_per_token,
    )
    assert (half.flops_per_token, half.forward_flops) == (exact.flops_per_token, exact.forward_flops)
    model = build(PRESETS["gpt-nano"], device="cpu", dtype=torch.bfloat16)
    assert costs(PRESETS["gpt-nano"], 2).weight_bytes == model.report.weight_bytes
    assert quantities(config, "bfloat16")["weight_bytes"] == half.weight_bytes
    for n_bytes in (packed_bytes, kv_cache_of, weight_bytes):
        assert 2 * n_bytes(config, dtype_bytes=2) == n_bytes(config)


def kv_cache_of(config: GPTConfig, dtype_bytes: int = 4) -> int:
    return kv_cache_bytes(config, 100, 3, dtype_bytes)


def test_the_offered_depth_is_the_deepest_that_fits() -> None:
    """Also for many rows, and for numbers of two bytes."""
    config = GPTConfig(n_layer=48, n_head=25, n_embd=1600)
    for rows, dtype_bytes in ((1, 4), (16, 4), (16, 2)):

        def need(shape: GPTConfig, rows: int = rows, dtype_bytes: int = dtype_bytes) -> int:
            return run_bytes(shape, 1024, dtype_bytes, rows)

        for budget in (3 * 10**8, 10**9, 5 * 10**9):
            fits = largest_n_layer(config, budget, need)
            if fits:
                assert need(GPTConfig(fits, 25, 1600)) <= budget
            assert need(GPTConfig(fits + 1, 25, 1600)) > budget


MEASURE = """
import psutil
from gpt2core import GPTConfig, build, generate
import gpt2core.counting.reconcile
process = psutil.Process()
before = process.memory_info().rss
peak = 0
built = build(GPTConfig(), device="cpu")
gpt2core.counting.reconcile.reconcile(built)
for step in generate(built.model, [50256] * 500, max_new_tokens=6, top_p=0.9):
    peak = max(peak, process.memory_info().rss)
print(peak - before)
"""


def test_small_builds_and_runs_in_its_estimate() -> None:
    out = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    grown = int(out.stdout)
    assert grown < 1_500_000_000
    estimate = run_bytes(GPTConfig(), 1024) + packed_bytes(GPTConfig())
    assert costs(GPTConfig()).weight_bytes < grown < estimate


def test_what_a_process_takes_besides_models_always_has_room() -> None:
    for free in (10**8, 5 * 10**8, 10**9, 2 * 10**9, 10**11):
        for share in (0.15, 0.8, 1.0):
            assert 0 <= pool_bytes(free, share) <= max(0, min(share * free, free - 175_000_000))
    assert pool_bytes(2 * 10**9, 0.8) == 1.6 * 10**9, "a share is a share where that is room enough"


def test_what_does_not_fit_is_refused_before_memory_is_taken() -> None:
    before = psutil.Process().memory_info().rss
    with pytest.raises(ConfigError) as caught:
        build(GPTConfig(128, 128, 16_384), device="cpu")
    assert psutil.Process().memory_info().rss - before < 1_000_000
    assert caught.value.code == "memory"
    assert int(caught.value.params["need"]) > int(caught.value.params["free"])


@pytest.mark.parametrize(
    "config",
    [PRESETS["gpt-nano"], GPTConfig(2, 4, 32, 16, 99), GPTConfig(3, 5, 40, 17, 91, False, False)],
    ids=["nano", "even", "odd"],
)
def test_what_training_keeps_is_what_autograd_saves(config: GPTConfig) -> None:
    numbers = fields_of(config)
    kept = {name: evaluate(polynomial, numbers) for name, polynomial in TRAINING.items()}
    fused = 4 * (kept["kept"] + kept["kept_statistics"] + kept["kept_loss"]) + 8 * kept["kept_ids"]
    assert saved_bytes(config, "cpu") == fused
    # On meta, attention is written out.
    assert saved_bytes(config, "meta") == fused + 4 * kept["kept_written_out"]


def test_a_training_step_is_three_forward_passes() -> None:
    config = PRESETS["gpt-nano"]
    with torch.device("meta"):
        model, tokens = GPT(config), torch.zeros(1, config.block_size + 1, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
    assert evaluate(TRAINING["step_flops"], fields_of(config)) == counter.get_total_flops()
