"""Tensors and settings of another model are refused, with the one line that differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
import torch
from checkpoints import change, refusal, saved, say
from torch import Tensor

from gpt2core import load_checkpoint

C_FC = "transformer.h.1.mlp.c_fc.weight"
C_PROJ = "transformer.h.0.mlp.c_proj.weight"
WTE = "transformer.wte.weight"


Edit: TypeAlias = Callable[[dict[str, Tensor]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    saved(tmp_path / "tiny")
    return tmp_path / "tiny"


def put(name: str, value: Tensor) -> Edit:
    return lambda tensors: tensors.update({name: value})


def spoil(
    name: str, value: float, dtype: torch.dtype = torch.float32
) -> Callable[[dict[str, Tensor]], None]:
    def edit(tensors: dict[str, Tensor]) -> None:
        tensors[name] = tensors[name].to(dtype)
        tensors[name].view(-1)[-1] = value

    return edit


def turn(tensors: dict[str, Tensor]) -> None:
    tensors[C_FC] = tensors[C_FC].t().contiguous()


ALLOWED = "float32, bfloat16, float16, float64"


@pytest.mark.parametrize(
    ("edit", "code", "tensor", "params"),
    [
        (put("transformer.h.2.ln_1.weight", torch.ones(16)), "name", "transformer.h.2.ln_1.weight", {}),
        (put("model.layers.0.x", torch.ones(16)), "name", "transformer.model.layers.0.x", {}),
        (put("lm_head.bias", torch.ones(90)), "name", "lm_head.bias", {}),
        (lambda tensors: tensors.pop(C_FC), "missing", C_FC, {}),
        (lambda tensors: tensors.pop("transformer.ln_f.bias"), "missing", "transformer.ln_f.bias", {}),
        (put("wte.weight", torch.ones(90, 16)), "doubled", WTE, {}),
        (turn, "shape", C_FC, {"found": "64x16", "expected": "16x64"}),
        (put(WTE, torch.ones(91, 16)), "shape", WTE, {"found": "91x16", "expected": "90x16"}),
        (put("lm_head.weight", torch.ones(3)), "shape", "lm_head.weight",
         {"found": "3", "expected": "90x16"}),
        (put(WTE, torch.ones(90, 16).int()), "dtype", WTE, {"found": "int32", "allowed": ALLOWED}),
        (put(WTE, torch.ones(90, 16).to(torch.float8_e4m3fn)), "dtype", WTE,
         {"found": "float8_e4m3fn", "allowed": ALLOWED}),
        (spoil(C_PROJ, float("nan")), "number", C_PROJ, {"dtype": "float32"}),
        (spoil(WTE, float("inf")), "number", WTE, {"dtype": "float32"}),
        (spoil(WTE, float("-inf"), torch.bfloat16), "number", WTE, {"dtype": "float32"}),
        (spoil(WTE, 1e60, torch.float64), "number", WTE, {"dtype": "float32"}),
    ],
)  # fmt: skip
def test_a_tensor_that_does_not_fit_is_named(
    edit: Callable[[dict[str, Tensor]], object],
    code: str,
    tensor: str,
    params: dict[str, str],
    folder: Path,
) -> None:
    change(folder, edit)
    found = refusal(folder)
    assert found.as_dict() == {
        "code": f"checkpoint_{code}", "field": "weights", "value": f'"{tensor}"', "params": params,
    }  # fmt: skip


def test_a_number_too_large_for_the_format_asked_for_is_named(folder: Path) -> None:
    change(folder, spoil(WTE, 1e6))
    load_checkpoint(folder, "cpu")
    assert refusal(folder, torch.float16).params == {"dtype": "float16"}


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("model_type", "llama", '"gpt2"'), ("model_type", None, '"gpt2"'),
        ("activation_function", "gelu", '"gelu_new"'), ("activation_function", ["gelu_new"], '"gelu_new"'),
        ("layer_norm_epsilon", 1e-6, "1e-05"), ("n_inner", 65, "null / 64"),
        ("scale_attn_weights", False, "true"), ("scale_attn_by_inverse_layer_idx", True, "false"),
        ("add_cross_attention", True, "false"), ("tie_word_embeddings", "yes", "true / false"),
        ("quantization_config", {"bits": 4}, "null"),
    ],
)  # fmt: skip
def test_another_architecture_is_refused_by_the_line_that_differs(
    key: str, value: object, allowed: str, folder: Path
) -> None:
    say(folder, **{key: value})
    found = refusal(folder)
    assert (found.code, found.params) == ("checkpoint_config", {"setting": key, "allowed": allowed})


def test_sizes_are_those_of_a_model(folder: Path) -> None:
    say(folder, n_inner=64)
    load_checkpoint(folder, "cpu")
    wrong = {"n_layer": ("2", "positive"), "n_head": (3, "divisor"), "n_embd": (1.5, "positive")}
    for name, (value, code) in wrong.items():
        say(folder, **{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_inner": None, name: value})
        found = refusal(folder)
        assert (found.code, found.field) == (code, name)
