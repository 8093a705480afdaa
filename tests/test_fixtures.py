"""The files that the tests of assets/live share with Python's say what Python says."""

import json
from pathlib import Path

from gpt2core.validation import FRACTIONAL, LIMITS, SHAPE_FIELDS

FIXTURES = Path(__file__).parent / "fixtures"


def read(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def test_the_grammar_has_the_pages_limits():
    limits = {name: {"minimum": at.minimum, "maximum": at.maximum} for name, at in LIMITS.items()}
    expected = {"limits": limits, "fractional": list(FRACTIONAL), "shape_fields": list(SHAPE_FIELDS)}
    assert read("grammar") == expected
