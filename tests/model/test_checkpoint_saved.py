"""Weights into transformers' files, and from process to process."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import CONFIGS, SHAPE, check_same
from safetensors.torch import load_file
from transformers import GPT2LMHeadModel

from gpt2core import ConfigError, GPTConfig, build, load_checkpoint
from gpt2core.model.checkpoint import (
    checkpoint_bytes,
    checkpoint_from_bytes,
    config_json,
    save_checkpoint,
)
from gpt2core.model.gpt import GPT


def random(config: GPTConfig) -> GPT:
    """With biases and LayerNorm weights that say something."""
    model = build(config, device="cpu").model
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.3, generator=generator)
    return model


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("tie_weights", [True, False])
def test_transformers_loads_what_is_saved_as_it_is(bias: bool, tie_weights: bool, tmp_path: Path) -> None:
    model = random(dataclasses.replace(SHAPE, bias=bias, tie_weights=tie_weights))
    save_checkpoint(model, tmp_path / "made")
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        "config.json",
        "model.safetensors",
    ]
    theirs, found = GPT2LMHeadModel.from_pretrained(tmp_path / "made", output_loading_info=True)
    assert not any(found.values()), "no tensor too many, none missing, none of another shape"
    check_same(model, theirs.eval())
    stored = load_file(tmp_path / "made" / "model.safetensors")
    assert ("lm_head.weight" in stored) != tie_weights
    assert stored["transformer.h.0.attn.c_attn.weight"].shape == (16, 48)
    again = load_checkpoint(tmp_path / "made", "cpu")
    assert again.config == dataclasses.replace(SHAPE, tie_weights=tie_weights)  # zero biases are biases
    check_same(again.model, theirs)
    assert config_json(model.config)["n_positions"] == SHAPE.block_size


@pytest.mark.parametrize("config", [*CONFIGS, dataclasses.replace(SHAPE, bias=False)], ids=str)
def test_weights_travel_as_bytes(config: GPTConfig) -> None:
    model = random(config)
    arrived = checkpoint_from_bytes(checkpoint_bytes(model), config, "cpu")
    assert arrived.config == config
    pairs = zip(model.named_parameters(), arrived.named_parameters(), strict=True)
    assert all(a == b and torch.equal(p, q) for (a, p), (b, q) in pairs)
    assert not any(p.requires_grad for p in arrived.parameters())


@pytest.mark.parametrize(
    ("said", "code", "value"),
    [
        ({"tie_weights": False}, "checkpoint_missing", '"lm_head.weight"'),
        ({"bias": False}, "checkpoint_name", '"transformer.h.0.attn.c_attn.bias"'),
        ({"n_layer": 1}, "checkpoint_name", '"transformer.h.1.attn.c_attn.bias"'),
        ({"block_size": 13}, "checkpoint_shape", '"transformer.wpe.weight"'),
    ],
)
def test_bytes_of_another_shape_are_refused(said: dict[str, Any], code: str, value: str) -> None:
    data = checkpoint_bytes(random(SHAPE))
    with pytest.raises(ConfigError) as refused:
        checkpoint_from_bytes(data, dataclasses.replace(SHAPE, **said), "cpu")
    assert (refused.value.code, refused.value.value) == (code, value)


@pytest.mark.parametrize("bias", [True, False])
def test_a_second_matrix_is_refused_where_there_is_one(bias: bool) -> None:
    config = dataclasses.replace(SHAPE, bias=bias)
    data = checkpoint_bytes(random(dataclasses.replace(config, tie_weights=False)))
    with pytest.raises(ConfigError) as refused:
        checkpoint_from_bytes(data, config, "cpu")
    assert (refused.value.code, refused.value.value) == ("checkpoint_name", '"lm_head.weight"')
