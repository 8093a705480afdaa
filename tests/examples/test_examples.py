"""What the page shows before anything was pressed is what pressing it would show."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Any

import brotli
import pytest
from examples.write_examples import ANSWERS, COMMAND, EXAMPLES, computed, files, recorded
from serving.engines import EngineHere

from gpt2core import GPTConfig, train
from gpt2core.i18n import LANGUAGES
from gpt2core.ui.components import vocabularies
from gpt2core.ui.page_data import page_data
from gpt2core.validation import SHAPE_FIELDS, SOURCES

MOST_BYTES = 100_000  # of a language's, compressed
# What takes long to compute, or is all times: a lab each, a run and its texts, the two texts of 'repeats'.
LONG = (
    "'gradients'", "'weights'", "'measured'", "'qkv'", "'devices'", "TrainRequest", f"{SOURCES[0]}-",
    "max_new_tokens=60",
)  # fmt: skip
# What depends on the machine and the moment.
OF_THE_MOMENT = {
    "seconds", "memory_before", "memory_after", "device", "device_name", "tokens_per_second", "fused",
    "separate", "difference", "build_seconds", "free_before", "free_after", "wte_address",
    "lm_head_address", "reused",
}  # fmt: skip


def test_they_are_what_the_handlers_show() -> None:
    made = files(recorded())
    paths = [*EXAMPLES.glob("*/*.json"), vocabularies.RECORDED]
    there = {path: path.read_text(encoding="utf-8") for path in paths}
    stale = sorted(path.name for path in made.keys() | there.keys() if made.get(path) != there.get(path))
    assert not stale, f"{stale} would say something else by now: run {COMMAND}"


def differences(had: Any, found: Any, at: str = "") -> Iterator[str]:
    """Where two answers are not the same, but for rounding and what is of the moment."""
    if isinstance(had, dict) and isinstance(found, dict) and had.keys() == found.keys():
        for key in had:
            moment = key in OF_THE_MOMENT and type(had[key]) is type(found[key])
            look = shifted if key == "bins" else differences
            yield from () if moment else look(had[key], found[key], f"{at}.{key}")
    elif isinstance(had, list) and isinstance(found, list) and len(had) == len(found):
        for i, pair in enumerate(zip(had, found, strict=True)):
            yield from differences(*pair, f"{at}[{i}]")
    elif isinstance(had, float) and isinstance(found, float):
        if not math.isclose(had, found, rel_tol=2e-3, abs_tol=2e-5):
            yield f"{at}: {had}, now {found}"
    elif had != found or type(had) is not type(found):
        yield f"{at}: {str(had)[:80]}, now {str(found)[:80]}"


def shifted(had: list[Any], found: list[Any], at: str) -> Iterator[str]:
    """The same of two histograms, rows of a middle and a count: what lies at an edge may be rounded across
    it on another CPU, so up to each edge a few more or less may have been counted."""
    yield from differences([middle for middle, _ in had], [middle for middle, _ in found], at)
    so_far = [list(accumulate(count for _, count in bins)) for bins in (had, found)]
    most = max((abs(a - b) for a, b in zip(*so_far, strict=False)), default=0)
    if most > 3 or so_far[0][-1:] != so_far[1][-1:]:
        yield f"{at}: another distribution"


def test_a_difference_is_found() -> None:
    bins = {"bins": [[0.1, 20], [0.2, 30]]}
    assert list(differences(bins, {"bins": [[0.1, 21], [0.2, 29]]})) == []
    for moved in ([[0.1, 26], [0.2, 24]], [[0.1, 20], [0.2, 31]], [[0.1, 20], [0.3, 30]], [[0.1, 20]]):
        assert list(differences(bins, {"bins": moved})) != []
    had = {"a": [1.0, {"b": "x", "seconds": 1.0}]}
    assert list(differences(had, {"a": [1.0001, {"b": "x", "seconds": 3.0}]})) == []
    for other in ({"a": [1.1, had["a"][1]]}, {"a": [1.0]}, {}, {"a": [1.0, {"b": "y", "seconds": 1.0}]},
                  {"a": [1.0, {"b": "x", "seconds": 1}]}):  # fmt: skip
        assert list(differences(had, other)) != []


def test_the_engine_still_answers_so() -> None:
    """Of the labs that take long tests/labs sees that they find what they should."""
    had = recorded()["answers"]
    long = {asked: answer for asked, answer in had.items() if any(part in asked for part in LONG)}
    assert len(long) == len(LONG) + 1
    changed = list(differences(had, computed(EngineHere(), long)["answers"]))
    few = changed[:5]
    assert not changed, f"{ANSWERS.name} is not what the engine answers: {few}; run {COMMAND} --compute"


def test_the_run_still_begins_so() -> None:
    """All of it takes a minute; tests/soak has a run of that length."""
    (had,) = (answer for answer in recorded()["answers"].values() if answer["stage"] == "train")
    config = GPTConfig(**{field: had["config"][field] for field in SHAPE_FIELDS})
    run = train(config, had["source"], seed=had["seed"], steps=had["steps"])
    losses: list[float] = []
    for last, told in list(zip(had["training"]["steps"], had["training"]["values"], strict=True))[:2]:
        losses += [step.loss for step in islice(run, last - len(losses))]
        per_point = had["training"]["steps"][0]  # each is the mean of so many
        assert told == pytest.approx(sum(losses[-per_point:]) / per_point, rel=2e-3)
    assert had["validation"]["values"][0] == pytest.approx(had["start_loss"], rel=0.02)
    assert had["floor"] < had["validation_loss"] < 2 * had["floor"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_is_one_of_all_that_can_be_pressed_and_they_are_small(lang: Any) -> None:
    found = {path.stem: path.read_bytes() for path in (EXAMPLES / lang).glob("*.json")}
    labs = [f"lab-{name}" for name in page_data(lang)["labs"]]
    assert found.keys() == {"build", "generate", "compare", "train", "before-after", *labs}
    assert sum(len(brotli.compress(content, quality=5)) for content in found.values()) < MOST_BYTES
