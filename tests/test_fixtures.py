"""The files that the tests of assets/live share with Python's say what Python says."""

import json
from pathlib import Path

from gpt2core.validation import CHOICES, FRACTIONAL, LIMITS, SHAPE_FIELDS, WORDS

FIXTURES = Path(__file__).parent / "fixtures"


def read(name: str) -> object:
    data: object = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return data


def test_the_grammar_has_the_pages_limits() -> None:
    limits = {name: {"minimum": at.minimum, "maximum": at.maximum} for name, at in LIMITS.items()}
    expected = {
        "limits": limits, "fractional": list(FRACTIONAL), "shape_fields": list(SHAPE_FIELDS),
        "choices": {field: list(choices) for field, choices in CHOICES.items()},
        "words": {field: list(word) for field, word in WORDS.items()},
    }  # fmt: skip
    assert read("grammar") == expected
