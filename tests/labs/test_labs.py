"""The labs: each figure against another way to get it, on real models."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, cast

import pytest
import torch
from number_formats import OFFERED
from shapes import TINY

from gpt2core import BuiltModel, ConfigError, GPTConfig, count_parameters
from gpt2core.config import DTYPE_BYTES
from gpt2core.labs import (
    trace,
)
from gpt2core.labs.registry import LabWork
from gpt2core.serving import service
from gpt2core.serving.messages import LABS, BuildRequest, LabRequest, NextTokenRequest, Request

IDS = [3, 1, 4, 1, 5, 9, 2, 6]
STRANGEST = [GPTConfig(1, 1, 1, 1, 1), GPTConfig(3, 2, 8, 5, 60_000, False, False)]


def ask(lab: str, config: GPTConfig = TINY, **more: object) -> LabRequest:
    return LabRequest.parse(asdict(config) | {"lab": lab} | more)


def last_of(request: Request) -> dict[str, Any]:
    *_, last = service.run(request)
    return cast(dict[str, Any], last)


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("dtype", OFFERED)
def test_every_lab_answers_in_plain_data(lab: str, dtype: str) -> None:
    last = last_of(ask(lab, dtype=dtype))
    assert (last["stage"], last["done"]) == ("lab_result", True)
    assert last["dtype"] == dtype
    assert last["result"]["lab"] == lab
    assert "NaN" not in json.dumps(last)
    assert "Infinity" not in json.dumps(last)


@pytest.mark.parametrize("dtype", OFFERED)
def test_models_of_a_labs_own_have_the_number_format_too(dtype: str) -> None:
    matrix = DTYPE_BYTES[dtype] * TINY.vocab_size * TINY.n_embd
    assert last_of(ask("tying", dtype=dtype))["result"]["tied"]["matrix_bytes"] == matrix
    (timing,) = last_of(ask("devices", dtype=dtype))["result"]["times"]
    assert timing["dtype"] == dtype
    assert timing["weight_bytes"] == DTYPE_BYTES[dtype] * count_parameters(TINY).unique_total


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("shape", STRANGEST)
@pytest.mark.parametrize("dtype", OFFERED)
def test_the_strangest_shapes_are_fine(lab: str, shape: GPTConfig, dtype: str) -> None:
    last = last_of(ask(lab, shape, layer=128, dtype=dtype))
    assert last.get("done"), last


def test_a_bad_prompt_is_an_event() -> None:
    last = last_of(ask("trace", GPTConfig(1, 1, 8, 8, 200), prompt="Xin chào"))
    assert last["error"]["code"] == "bytes"


@pytest.mark.parametrize(
    "values", [{"lab": "x"}, {"lab": "trace", "layer": 0}, {"lab": "trace", "prompt": 5}]
)
def test_what_is_no_lab_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        LabRequest.parse(values)


@pytest.mark.parametrize("shape", [TINY, *STRANGEST])
def test_what_could_come_next_is_asked_as_a_speech_of_one_token(shape: GPTConfig) -> None:
    """So it is decoded with all others, its memory is reserved, and Stop reaches a long prompt."""
    request = NextTokenRequest.parse(asdict(shape) | {"seed": 3, "prompt": "", "max_new_tokens": 99})
    assert request.n_steps == 1
    last = last_of(request)
    assert (last["stage"], last["done"], last["seed"]) == ("lab_result", True, 3)
    assert last["result"]["lab"] == "logits"
    assert last["config"] == asdict(shape)
    assert last["result"]["vocab_size"] == min(shape.vocab_size, 50257)
    assert last["result"]["top"][0][1] == 0
    assert "NaN" not in json.dumps(last)


def test_a_class_that_asks_the_same_is_answered_once(tiny: BuiltModel) -> None:
    request = LabRequest(BuildRequest(TINY, 0), "weights")
    first, second = (LabWork(request)(tiny, lambda: None) for _ in range(2))
    assert first is second


def test_the_stream_ends_where_the_model_does(tiny: BuiltModel) -> None:
    found = trace.trace(tiny.model, IDS, 2)
    with torch.inference_mode():
        x = tiny.model.transform(tiny.model.embed(torch.tensor([IDS])))
    assert found["stream"][-1] == pytest.approx(float(x.norm(dim=-1).mean()), rel=1e-5)
    assert len(found["stream"]) == 1 + 2 * TINY.n_layer
    assert found["logits"]["std"] == pytest.approx(found["logits"]["expected"], rel=0.3)
