"""Texts and numbers in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gpt2core.i18n import LANGUAGES, file_size, flops, number, percent, t, texts

# Names and terms that Vietnamese ML courses leave in English.
SAME_IN_BOTH = re.compile(
    r"(preset\.|short\.)|(field\.(top_k|top_p)$)"  # Small, nano; wte, MLP; Top-k
    r"|train\.perplexity$"
    r"|build\.memory_value$"  # only places for values
    r"|lab\.(tensor|pre_ln|post_ln)$"
)


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_have_every_text() -> None:
    assert texts("en").keys() == texts("vi").keys()


@pytest.mark.parametrize("key", texts("en"))
def test_a_text_has_the_same_places_and_is_translated(key: str) -> None:
    english, vietnamese = texts("en")[key], texts("vi")[key]
    assert places(english) == places(vietnamese)
    assert english.strip()
    assert vietnamese.strip()
    if not SAME_IN_BOTH.match(key):
        assert english != vietnamese


def test_texts_are_safe_inside_gradios_templates() -> None:
    """gr.HTML reads ${, {{, backticks and backslashes as code."""
    for lang in LANGUAGES:
        for text in texts(lang).values():
            assert not re.search(r"\$\{|\{\{|`|\\", text)


NUMBERS = json.loads((Path(__file__).parent / "fixtures" / "numbers.json").read_text(encoding="utf-8"))
WRITE: dict[str, Callable[..., str]] = {
    "number": number, "percent": percent, "bytes": file_size, "flops": flops,
}  # fmt: skip


@pytest.mark.parametrize("kind", WRITE)
def test_numbers_as_the_browser_writes_them(kind: str) -> None:
    """fixtures/numbers.json holds the browser to the same."""
    cases = [case for case in NUMBERS if case["kind"] == kind]
    assert len(cases) > 10
    for case in cases:
        value = case["number"]
        n = int(value) if isinstance(value, str) else value  # text: JavaScript's numbers would not hold it
        more = {"decimals": case["decimals"]} if kind in ("number", "percent") else {}
        assert WRITE[kind](n, case["lang"], **more) == case["text"], case


def test_numbers_as_each_language_writes_them() -> None:
    assert number(124_439_808, "en") == "124,439,808"
    assert number(124_439_808, "vi") == "124.439.808"
    assert number(10.825, "vi", 2) == "10,83"
    assert file_size(497_759_232, "en") == "497.8 MB"
    assert file_size(497_759_232, "vi") == "497,8 MB"
    assert file_size(999, "en") == "999 B"
    assert file_size(2.5e15, "en") == "2.5 PB"
    assert flops(284_812_800, "vi") == "284,8 M"
    assert flops(12, "en") == "12"
    assert percent(0.45543, "vi") == "45,5%"


def test_a_hole_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("no.such.key", "en")
    with pytest.raises(ValueError, match="de"):
        t("page.title", "de")
