"""THE table against the models themselves, tensor by tensor, and against what torchinfo prints."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from random_configs import random_configs

from gpt2core import PRESETS, GPTConfig, count_parameters
from gpt2core.counting.parameters import COMPONENTS, COUNTS, TABLE, evaluate, fields_of, tensor_shapes
from gpt2core.counting.reconcile import printed_total, torchinfo_table
from gpt2core.model.gpt import GPT

# OpenAI's releases: unique (tied), then untied and per module
KNOWN = {
    "gpt2": (124_439_808, 163_037_184),
    "gpt2-medium": (354_823_168, 406_286_336),
    "gpt2-large": (774_030_080, 838_359_040),
    "gpt2-xl": (1_557_611_200, 1_638_022_400),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_totals(name: str) -> None:
    unique, per_module = KNOWN[name]
    counts = count_parameters(PRESETS[name])
    assert counts.unique_total == unique
    assert counts.per_module_total == per_module
    assert counts.tying_correction == per_module - unique
    untied = count_parameters(dataclasses.replace(PRESETS[name], tie_weights=False))
    assert untied.unique_total == untied.per_module_total == per_module
    assert untied.tying_correction == 0


def test_the_parts_of_small() -> None:
    assert count_parameters(PRESETS["gpt2"]).components == {
        "token_embedding": 38_597_376,
        "position_embedding": 786_432,
        "attention": 28_348_416,
        "mlp": 56_669_184,
        "layer_norm": 38_400,
        "lm_head": 0,
    }


def test_heads_change_no_count() -> None:
    assert len({str(count_parameters(GPTConfig(n_head=h))) for h in (1, 2, 12, 24, 768)}) == 1


def test_table_agrees_with_the_model_tensor_by_tensor() -> None:
    for config in random_configs(300):
        with torch.device("meta"):
            model = GPT(config)
        built = {name: tuple(p.shape) for name, p in model.named_parameters()}
        assert built == tensor_shapes(config), config
        assert list(built) == list(tensor_shapes(config))
        counts = count_parameters(config)
        assert counts.unique_total == sum(p.numel() for p in model.parameters())
        assert counts.unique_total == sum(counts.components.values())
        assert set(counts.components) == set(COMPONENTS)


def test_table_agrees_with_what_torchinfo_prints() -> None:
    for config in random_configs(60, seed=1):
        counts = count_parameters(config)
        assert printed_total(torchinfo_table(config)) == counts.per_module_total, config
        assert counts.per_module_total - counts.tying_correction == counts.unique_total


def test_rows_sum_to_their_component() -> None:
    numbers = fields_of(GPTConfig(tie_weights=False))
    for component in COMPONENTS:
        rows = [row for row in TABLE if row.component == component]
        total = sum(evaluate(COUNTS[f"tensor.{row.name}"], numbers) for row in rows)
        assert total == evaluate(COUNTS[f"component.{component}"], numbers)
