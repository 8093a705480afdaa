"""What a link says is the same here as in the browser: both are held to fixtures/links.json."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2core.config import SWITCHES
from gpt2core.errors import ConfigError, shown
from gpt2core.link_grammar import read_link
from gpt2core.validation import CHOICES, FRACTIONAL, LIMITS, WORDS, parse_word

CASES = json.loads((Path(__file__).parent / "fixtures" / "links.json").read_text(encoding="utf-8"))
FIELDS = {*LIMITS, *SWITCHES, *CHOICES, *WORDS, "prompt", "pin"}


def said(error: ConfigError, written: str) -> bool:
    """Whether an error shows what stood in the link: as it was written, or the number it was read as."""
    try:
        number = float(written)
    except ValueError:
        return error.value == shown(written)
    if error.value in (shown(written), written):
        return True
    return math.isinf(number) or float(error.value) == number


@pytest.mark.parametrize("case", CASES, ids=[case["query"] for case in CASES])
def test_a_link_is_read_as_the_browser_reads_it(case: dict[str, Any]) -> None:
    link = read_link(case["query"])
    values, refused = case["values"], dict(case["refused"])
    assert link.values == values
    assert {name: type(link.values[name]) for name in values} == {
        name: float if name in FRACTIONAL else type(value) for name, value in values.items()
    }
    assert link.refused.keys() == refused.keys()
    for name, error in link.refused.items():
        assert error.field == name
        assert said(error, refused[name]), (error.value, refused[name])


def test_the_table_has_every_field() -> None:
    """So that a field which is new in Python must come into the table, and so into the browser."""
    there = {name for case in CASES for name in (*case["values"], *dict(case["refused"]))}
    assert there >= FIELDS


def test_what_is_no_field_is_a_word() -> None:
    link = read_link("tab=lesson&step=3&lang=vi&tab=costs&n_layer=2")
    assert link.words == {"tab": "lesson", "step": "3", "lang": "vi"}
    assert link.values == {"n_layer": 2}


@given(st.text())
def test_no_link_raises_and_no_field_is_in_two_places(query: str) -> None:
    link = read_link(query)
    assert not link.values.keys() & link.refused.keys()
    assert link.words.keys().isdisjoint(FIELDS)


@given(
    st.sampled_from(sorted(FIELDS - {"prompt", "pin"})),
    st.text(alphabet="0123456789.eE+-_ truefalsNaInity") | st.sampled_from(CHOICES["dtype"]),
)
def test_what_a_link_gives_is_allowed(field: str, written: str) -> None:
    link = read_link(f"{field}={written}")
    for name, value in link.values.items():
        if name in CHOICES:
            assert value in CHOICES[name]
            continue
        if name in WORDS:
            assert parse_word(name, value) == value
            continue
        assert isinstance(value, bool if name in SWITCHES else int | float)
        assert name in SWITCHES or LIMITS[name].minimum <= float(value) <= LIMITS[name].maximum
