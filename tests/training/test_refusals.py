"""A visitor's own text, and what cannot be learned from: each refusal is one that a sentence is made of."""

from __future__ import annotations

from typing import Any

import pytest

from gpt2core import ConfigError, GPTConfig, Tokenizer
from gpt2core.training.sources import SOURCES, TEXT, make_source
from gpt2core.training.sources.row import Row, packed
from gpt2core.validation import MAX_TEXT_CHARACTERS


def config(block_size: int = 8, vocab_size: int = 256) -> GPTConfig:
    return GPTConfig(1, 1, 8, block_size, vocab_size)


@pytest.mark.parametrize("vocab_size", [256, 1_000, 50_257])
def test_the_last_tenth_of_a_text_is_held_out_and_all_else_learned_from(vocab_size: int) -> None:
    text = "".join(f"{n} bottles, " for n in range(400))
    ids = Tokenizer(vocab_size).encode(text)
    one = make_source(TEXT, config(8, vocab_size), text)
    at = len(ids) - len(ids) // 10
    assert [token for row in one.validation(9) for token in row.ids[1:]] == ids[at:]
    assert (one.floor, one.validation_floor) == (None, None)
    windows = {tuple(ids[i : i + 8]) for i in range(at - 7)}
    drawn = {tuple(r.ids[1:]) for step in range(300) for r in one.rows(0, step, 64, length=9)}
    assert drawn <= windows
    assert len(drawn) > 0.9 * len(windows)
    assert {tuple(ids[:8]), tuple(ids[at - 8 : at])} <= drawn  # the first and the last
    (row,) = one.rows(0, 0, 1, length=10**6)
    assert row.ids[1:] == ids[:at]


def refused(name: str, config: GPTConfig, text: str = "") -> dict[str, Any]:
    with pytest.raises(ConfigError) as error:
        make_source(name, config, text)
    return dict(error.value.as_dict())


@pytest.mark.parametrize("name", [*SOURCES, TEXT])
def test_a_vocabulary_that_lacks_bytes_has_nothing_to_learn_from(name: str) -> None:
    assert refused(name, config(64, 255), "a text") == {
        "code": "text_bytes", "field": "source", "value": f'"{name}"',
        "params": {"minimum": 256, "vocab_size": 255},
    }  # fmt: skip


def test_an_unknown_source_is_refused() -> None:
    error = refused("poems", config())
    assert (error["code"], error["field"], error["value"]) == ("choice", "source", '"poems"')
    assert error["params"] == {"allowed": "stories-en, stories-vi, sums, sorting, text"}


@pytest.mark.parametrize(("block_size", "needed"), [(1, 2), (8, 9), (18, 19), (19, 21), (256, 284)])
def test_a_text_must_fill_the_context_once_with_what_is_learned_from(block_size: int, needed: int) -> None:
    one = make_source(TEXT, config(block_size), "x" * needed)
    (row,) = one.rows(0, 0, 1, length=block_size + 1)
    assert len(row.ids) == block_size + 1
    assert one.validation_bytes == needed - (needed - max(1, needed // 10))
    for n in (needed - 1, 0):
        assert refused(TEXT, config(block_size), "x" * n) == {
            "code": "text_short", "field": "text", "value": str(n),
            "params": {"minimum": needed, "block_size": block_size},
        }  # fmt: skip


def test_a_text_must_not_be_too_long() -> None:
    make_source(TEXT, config(), "x" * MAX_TEXT_CHARACTERS)
    error = refused(TEXT, config(), "x" * (MAX_TEXT_CHARACTERS + 1))
    assert (error["code"], error["field"]) == ("too_long", "text")
    assert error["params"] == {"length": MAX_TEXT_CHARACTERS + 1, "maximum": MAX_TEXT_CHARACTERS}


@pytest.mark.parametrize(("name", "needed"), [("sums", 11), ("sorting", 13)])
def test_the_context_must_have_room_for_an_exercise(name: str, needed: int) -> None:
    one = make_source(name, config(needed))
    lengths = [len(row.ids) for step in range(50) for row in one.rows(0, step, 20, needed)]
    assert max(lengths) == needed
    assert refused(name, config(needed - 1)) == {
        "code": "exercise_room", "field": "block_size", "value": str(needed - 1),
        "params": {"minimum": needed},
    }  # fmt: skip


def test_only_what_is_longer_than_a_row_is_cut() -> None:
    pieces = [Row([n] * n, [n > 2] * n) for n in (2, 1, 4, 7, 1, 3)]
    rows = list(packed(0, pieces, 5))
    assert [row.ids for row in rows] == [
        [0, 2, 2, 1], [0, 4, 4, 4, 4], [0, 7, 7, 7, 7], [0, 7, 7, 7, 1], [0, 3, 3, 3],
    ]  # fmt: skip
    assert rows[0].counted == [False] * 4
    assert rows[3].counted == [False, True, True, True, False]
    assert list(packed(0, [], 5)) == []


@pytest.mark.parametrize("name", [*SOURCES, TEXT])
@pytest.mark.parametrize("length", [0, 1])
def test_a_row_has_more_than_its_start_token(name: str, length: int) -> None:
    one = make_source(name, config(64), "x" * 200)
    with pytest.raises(ValueError, match=f"length is {length}"):
        one.rows(0, 0, 1, length)
    with pytest.raises(ValueError, match=f"length is {length}"):
        one.validation(length)
    assert all(len(row.ids) == 2 for row in one.rows(0, 0, 3, 2))
