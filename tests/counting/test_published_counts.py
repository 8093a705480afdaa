"""Each number that people meet for a GPT-2, against a model built just so."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from random_configs import random_configs
from torch import nn

from gpt2core import PRESETS, GPTConfig
from gpt2core.counting.parameters import evaluate
from gpt2core.counting.published_counts import COUNTERS, PAD_TO, PAPER, numbers_of
from gpt2core.counting.tables import DEVICES, SHEETS, value_of
from gpt2core.model.gpt import GPT

# As their sources print them; raschka's is what that book prints
SMALL = {
    "right": 124_439_808, "torchinfo": 163_037_184, "nanogpt": 123_653_376, "raschka": 163_009_536,
    "no_qkv_bias": 124_412_160, "padded": 124_475_904, "matrices": 84_934_656, "masks": 137_022_720,
}  # fmt: skip


def count(name: str, config: GPTConfig) -> int:
    return evaluate(COUNTERS[name], numbers_of(config))


def numel(config: GPTConfig, *, qkv_bias: bool = True) -> int:
    with torch.device("meta"):
        model = GPT(config)
        for block in model.blocks:
            if not qkv_bias:
                block.attn.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=False)
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("name", SMALL)
def test_small_in_figures(name: str) -> None:
    assert count(name, PRESETS["gpt2"]) == SMALL[name]
    assert set(SMALL) == set(COUNTERS)


@pytest.mark.parametrize("preset", PAPER)
def test_nanogpts_and_the_papers(preset: str) -> None:
    known = {"gpt2": 123_653_376, "gpt2-medium": 353_774_592, "gpt2-large": 772_719_360,
             "gpt2-xl": 1_555_972_800}  # fmt: skip
    assert count("nanogpt", PRESETS[preset]) == known[preset]
    assert evaluate(PAPER[preset], {}) < count("right", PRESETS[preset])


@pytest.mark.parametrize("config", random_configs(40, seed=12), ids=str)
def test_each_is_what_such_a_model_holds(config: GPTConfig) -> None:
    untied = replace(config, tie_weights=False)
    padded = replace(config, vocab_size=-(-config.vocab_size // PAD_TO) * PAD_TO)
    positions = config.block_size * config.n_embd
    assert count("right", config) == numel(config)
    assert count("torchinfo", config) == numel(untied)
    assert count("nanogpt", config) == numel(config) - positions
    assert count("no_qkv_bias", config) == numel(config, qkv_bias=False)
    assert count("raschka", config) == numel(untied, qkv_bias=False)
    assert count("padded", config) == numel(padded)
    with torch.device("meta"):
        model = GPT(config)
        mask = torch.ones(1, 1, config.block_size, config.block_size, dtype=torch.bool)
    layers = [layer for block in model.blocks for layer in block.modules() if isinstance(layer, nn.Linear)]
    assert count("matrices", config) == sum(layer.weight.numel() for layer in layers)
    assert count("masks", config) == numel(config) + sum(mask.numel() for _ in model.blocks)


def test_the_sheets_of_small_in_figures() -> None:
    rows = {row["name"]: row["cells"] for row in SHEETS["memory"]["rows"]}
    small: dict[str, list[int | None]] = {
        name: [value_of(cell, GPTConfig()) if cell else None for cell in cells]
        for name, cells in rows.items()
    }
    weights, n = 497_759_232, 124_439_808
    assert small["weights"] == [weights, weights // 2, weights // 2]

    def total(names: tuple[str, ...], column: int) -> int:
        return sum(small[name][column] or 0 for name in names)

    # 16 bytes a parameter, in fp32 as in mixed precision, and half of it where all is half
    state = ("weights", "gradients", "adamw")
    assert [total(state, column) for column in range(3)] == [16 * n, 8 * n, 16 * n]
    assert small["cache"] == [1024 * 2 * 36_864, 1024 * 36_864, None]
    assert small["inference"][0] == weights + 1024 * 2 * 36_864
    parts = ("weights", "gradients", "adamw", "activations", "loss")
    assert small["training"] == [total(parts, column) for column in range(3)]
    assert list(DEVICES.values()) == sorted(DEVICES.values())
