"""The lesson says nothing that isn't so, and says the same in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gpt2core import PRESETS, GPTConfig
from gpt2core.charts.base import quantities
from gpt2core.i18n import ASSETS, LANGUAGES, file_size
from gpt2core.lesson import ORDER, read, steps
from gpt2core.ui.server.prerender import first_screen
from gpt2core.validation import SHAPE_FIELDS, TABS

FILES = {lang: sorted((ASSETS / "lesson" / lang).glob("*.md")) for lang in LANGUAGES}
TEXTS = {lang: [path.read_text(encoding="utf-8") for path in paths] for lang, paths in FILES.items()}
GROUP, POINT = {"en": ",", "vi": "."}, {"en": ".", "vi": ","}
SMALL = GPTConfig()


def known_counts() -> set[int]:
    """All that the page itself would count for a preset or a step's shape, its doubles, and it untied."""
    known = {SMALL.vocab_size}
    own = (GPTConfig(**{field: step.settings[field] for field in SHAPE_FIELDS}) for step in steps("en"))
    for config in {*PRESETS.values(), *own}:
        double: list[dict[str, Any]] = [
            {f: 2 * getattr(config, f)} for f in ("n_layer", "n_embd", "block_size")
        ]
        plain, deeper, *_ = counted = [
            quantities(replace(config, **change)) for change in ({}, *double, {"tie_weights": False})
        ]
        known |= {value for q in counted for value in q.values()}
        known |= {
            (deeper["unique_total"] - plain["unique_total"]) // config.n_layer,  # one block
            plain["unique_total"] - plain["component.token_embedding"],
            2 * config.vocab_size * config.n_embd,  # lm_head's FLOPs for a token
        }
    return known


def test_both_languages_have_the_same_steps() -> None:
    assert [p.name for p in FILES["en"]] == [p.name for p in FILES["vi"]]
    assert [step.number for step in steps("en")] == [step.number for step in steps("vi")] == [*ORDER]
    assert [step.place for step in steps("en")] == [*range(1, 13)]
    for english, vietnamese in zip(steps("en"), steps("vi"), strict=True):
        for same in ("settings", "tab", "at", "right"):
            assert getattr(english, same) == getattr(vietnamese, same), english.title
        assert len(english.choices) == len(vietnamese.choices) in (3, 4)
        for differs in ("title", "look", "intro", "question", "do", "explain"):
            assert getattr(english, differs).strip() != getattr(vietnamese, differs).strip() != ""
        assert english.tab in TABS
        marks = r'data-(?:of|over|at)="[^"]+"'
        assert sorted(re.findall(marks, english.explain)) == sorted(re.findall(marks, vietnamese.explain))


NAMES = (
    "three-parts", "embeddings", "heads", "one-matrix", "the-block", "weight-tying", "temperature",
    "one-device", "what-it-costs", "honest-limits", "loss", "what-training-changes",
)  # fmt: skip


@pytest.mark.parametrize(("number", "name"), [*enumerate(NAMES, start=1)])
def test_a_number_in_a_link_means_what_it_has_always_meant(number: int, name: str) -> None:
    assert FILES["en"][number - 1].stem == f"{number:02}-{name}"
    step = next(step for step in steps("en") if step.number == number)
    assert f"\n# {step.title}\n" in TEXTS["en"][number - 1]
    markup = first_screen(f"step={number}", "en")
    assert f'<article data-step="{number}"' in markup
    assert f'tabindex="-1">{step.title}</h2>' in markup


def test_back_and_next_follow_the_order() -> None:
    pressed = {"previous": dict[int, int](), "next": dict[int, int]()}
    for number in ORDER:
        for kind, leads in pressed.items():
            found = re.search(rf'class="{kind}" data-go="(\d+)"', first_screen(f"step={number}", "vi"))
            if found:
                leads[number] = int(found[1])
    ways = list(pairwise(ORDER))
    assert pressed["next"] == dict(ways)
    assert pressed["previous"] == {after: before for before, after in ways}


def plain_numbers(text: str, lang: str) -> list[str]:
    """Every number in a text, as Python writes it; names and code have none."""
    nameless = r"(?im)```[\s\S]*?```|`[^`]*`|\]\([^)]*\)|gpt-?2|1\.8\.0|^set: .*$"
    text = re.sub(nameless, " ", text)
    found = re.findall(r"\d+(?:[.,]\d+)*", text)
    return [n.replace(GROUP[lang], "").replace(POINT[lang], ".") for n in found]


@pytest.mark.parametrize("n", range(len(FILES["en"])))
def test_a_step_has_the_same_numbers_in_both_languages(n: int) -> None:
    english, vietnamese = (plain_numbers(TEXTS[lang][n], lang) for lang in LANGUAGES)
    assert sorted(english) == sorted(vietnamese)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_large_number_is_a_count_of_a_preset(lang: str) -> None:
    pattern = rf"(?<![\d.,])\d{{1,3}}(?:\{GROUP[lang]}\d{{3}})+(?!\d)"
    found = {int(n.replace(GROUP[lang], "")) for text in TEXTS[lang] for n in re.findall(pattern, text)}
    large = {n for n in found if n >= 10_000}
    assert {124_439_808, 163_037_184, 38_597_376, 56_669_184} <= large
    assert large - known_counts() == set()
    sizes = {n for text in TEXTS[lang] for n in re.findall(r"[\d.,]+ [kMG]B", text)}
    assert len(sizes) > 3
    assert sizes <= {file_size(factor * n, lang) for n in known_counts() for factor in (1, 4)}


def test_the_lesson_is_safe_inside_gradios_templates() -> None:
    for step in (*steps("en"), *steps("vi")):
        choices = (c.label + c.reply for c in step.choices)
        texts = step.title, step.look, step.intro, step.question, *choices, step.do, step.explain
        assert not re.search(r"\$\{|\{\{|\}\}|`|\\|<script", " ".join(texts))


@pytest.mark.parametrize(
    ("good", "bad"),
    [("=n_head", "=no_such_count"), ("tab: parameters", "tab: kitchen"), ("right: 3", "right: 9"),
     ("n_head=24", "n_head=25"), ("## do", "## doing"), ("**heads**", "`@no.such_text`")],
)  # fmt: skip
def test_a_slip_in_a_file_is_an_error(tmp_path: Path, good: str, bad: str) -> None:
    text = TEXTS["en"][2]
    assert good in text
    path = tmp_path / "en" / "03.md"
    path.parent.mkdir()
    path.write_text(text.replace(good, bad), encoding="utf-8")
    with pytest.raises((ValueError, KeyError), match=r".+"):
        read(path)
