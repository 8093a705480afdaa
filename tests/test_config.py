"""Shapes and options, and what is refused of values from outside."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from gpt2core.config import PRESETS, GPTConfig, nearest_heads
from gpt2core.errors import ConfigError, shown
from gpt2core.model.tokenizer import Tokenizer
from gpt2core.serving.messages import GenerateRequest, NextTokenRequest
from gpt2core.validation import (
    LIMITS,
    parse_bool,
    parse_config,
    parse_int,
    parse_number,
    parse_sampling,
    parse_text,
)

NOT_WHOLE = [5.37, math.nan, math.inf, -math.inf, True, False, "12", "", [12], {}, None, 0, -1, 10**18]


@pytest.mark.parametrize("field", ["n_layer", "n_head", "n_embd", "block_size", "vocab_size"])
@pytest.mark.parametrize("value", NOT_WHOLE, ids=repr)
def test_bad_sizes_are_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({field: value})
    assert caught.value.field == field
    assert caught.value.params["maximum"] == LIMITS[field].maximum


@pytest.mark.parametrize("value", [v for v in NOT_WHOLE if v != 10**18], ids=repr)
def test_the_library_refuses_what_is_no_size(value: Any) -> None:
    with pytest.raises(ConfigError):
        GPTConfig(n_layer=value)


@pytest.mark.parametrize(
    "value", [np.int64(4), np.uint8(4), np.array(4), torch.tensor(4), torch.tensor(4, dtype=torch.int32)]
)
def test_numbers_of_other_libraries_become_pythons_own(value: Any) -> None:
    config = GPTConfig(n_layer=value, n_embd=value * 12, bias=np.bool_(False))  # type: ignore[arg-type]
    assert config == GPTConfig(4, 12, 48, bias=False)
    assert {type(v) for v in asdict(config).values()} == {int, bool}
    assert json.loads(json.dumps(asdict(config))) == asdict(config)
    assert hash(config) == hash(GPTConfig(4, 12, 48, bias=False))
    assert type(parse_int("seed", value)) is int


@pytest.mark.parametrize(
    "value",
    [np.float64(4), np.bool_(True), torch.tensor(True), torch.tensor(4.0), np.array([4]), np.array([4, 5]),
     torch.tensor([4]), np.float32("nan"), np.int64(0), np.int64(-3)],
    ids=repr,
)  # fmt: skip
def test_other_libraries_values_that_are_no_sizes_are_refused(value: Any) -> None:
    with pytest.raises(ConfigError):
        GPTConfig(n_layer=value)


@pytest.mark.parametrize("value", [0, 1, "true", None, 1.0])
def test_only_booleans_are_booleans(value: object) -> None:
    with pytest.raises(ConfigError):
        parse_bool("bias", value)


def test_json_floats_that_are_whole_count() -> None:
    assert parse_config({"n_layer": 6.0}).n_layer == 6
    assert type(parse_config({"n_layer": 6.0}).n_layer) is int


def test_heads_must_divide_the_width_and_the_nearest_are_offered() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"n_head": 7})
    assert caught.value.params == {"n_embd": 768, "nearest": "6 / 8"}
    assert nearest_heads(25, 768) == [24, 32]
    assert nearest_heads(2, 1) == [1]
    assert nearest_heads(128, 16_384 - 1) == [127]


@given(st.integers(1, 128), st.integers(1, 2000))
def test_nearest_heads_divide(n_head: int, n_embd: int) -> None:
    assume(n_embd % n_head)
    choices = nearest_heads(n_head, n_embd)
    assert choices
    assert all(n_embd % n == 0 for n in choices)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", -0.1), ("temperature", math.nan), ("temperature", "1"), ("temperature", 101),
        ("top_k", -1), ("top_k", 50258), ("top_k", 1.5),
        ("top_p", 0), ("top_p", 1.01), ("top_p", -0.5), ("top_p", math.nan), ("top_p", True),
        ("max_new_tokens", 0), ("max_new_tokens", 10**18), ("sample_seed", -1), ("sample_seed", 2**32),
    ],
)  # fmt: skip
def test_bad_sampling_options_are_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sampling({field: value}, vocab_size=50257)
    assert caught.value.field == field


def test_off_values_mean_off() -> None:
    options = parse_sampling({"top_k": 0, "top_p": 1.0}, vocab_size=50257)
    assert options.top_k is None
    assert options.top_p is None


def test_long_and_foreign_prompts() -> None:
    assert parse_text("prompt", "Xin chào 👋 <script>") == "Xin chào 👋 <script>"
    with pytest.raises(ConfigError):
        parse_text("prompt", "a" * 20_001)
    with pytest.raises(ConfigError):
        parse_text("prompt", None)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a\ud83db", "a\ufffdb"),
        ("\udc4b", "\ufffd"),
        ("\ud83d\udc4b", "👋"),
        ("\ud83d\ud83d\udc4b\udc4b", "\ufffd👋\ufffd"),
        ("\ufeffa 👋", "\ufeffa 👋"),
    ],
)
def test_half_a_surrogate_pair_is_read_as_the_tokenizer_reads_it(sent: str, read: str) -> None:
    """JSON can say it and UTF-8 cannot: whoever encoded it later, a log or a count of bytes, would fail."""
    text = parse_text("prompt", sent)
    assert text == read
    assert Tokenizer().encode(sent) == Tokenizer().encode(text)
    for kind in (GenerateRequest, NextTokenRequest):
        assert kind.parse({"prompt": sent}).n_steps == kind.parse({"prompt": text}).n_steps


@given(st.text())
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert parse_text("prompt", text) == text


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.lists(st.integers())))
def test_a_shown_value_is_one_short_line(value: object) -> None:
    text = shown(value)
    assert len(text) <= 45
    assert text.isprintable()


def test_a_huge_number_is_shown_without_being_written_out() -> None:
    assert shown(10**5000) == "10^5000"


@given(st.one_of(st.integers(), st.floats(), st.text(), st.booleans(), st.none()))
def test_parsing_never_raises_anything_else(value: object) -> None:
    for parse in (parse_int, parse_number):
        try:
            parsed = parse("n_layer", value)
        except ConfigError:
            continue
        assert 1 <= parsed <= LIMITS["n_layer"].maximum


def test_an_error_survives_pickling_and_plain_data() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"n_layer": "<b>"})
    error = caught.value
    for copy in (pickle.loads(pickle.dumps(error)), ConfigError.from_dict(error.as_dict())):
        assert (copy.code, copy.field, copy.value, copy.params) == (
            error.code, error.field, error.value, error.params,
        )  # fmt: skip


def test_presets_are_within_the_limits() -> None:
    for config in PRESETS.values():
        assert LIMITS["n_layer"].minimum <= config.n_layer <= LIMITS["n_layer"].maximum
