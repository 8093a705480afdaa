"""What a link says of the first screen: a step of the lesson, what is fixed, what is put right."""

from __future__ import annotations

import re

import pytest

from gpt2core.i18n import t
from gpt2core.link_grammar import read_link
from gpt2core.ui.server.first_look import shape_in
from gpt2core.ui.server.prerender import first_screen


def found(pattern: str, markup: str) -> list[str]:
    return re.findall(pattern, markup.partition("</style>")[2])


def test_a_step_of_the_lesson_stands_there() -> None:
    markup = first_screen("step=9&n_layer=6", "vi")
    assert found(r'<article data-step="(\d+)"', markup) == ["9"]
    assert found(r'data-tab="(\w+)" tabindex="-1" aria-selected="true"', markup) == ["lesson"]
    assert found(r'aria-current="step">(\d+)<', markup) == ["9"]
    assert t("lesson.progress", "vi", n=9, of=12) in markup
    # What only the page's scripts count is in the answer, which is not seen before it is asked for.
    seen = markup.partition("<article")[2].partition('class="revealed"')[0]
    assert 'class="counted"' not in seen
    last = first_screen("step=10", "en")  # the tenth step until two came before it
    assert t("lesson.progress", "en", n=12, of=12) in last
    assert found(r'<a href="\?step=10" data-go="10"[^>]* aria-current="step">(\d+)<', last) == ["12"]
    assert '<section class="summary">' in last
    assert '<section class="summary" hidden>' in markup
    for query in ("step=0", "step=99", "step=x"):  # the page opens the lesson, and begins it anew
        assert found(r'<article data-step="(\d+)"', first_screen(query, "en")) == ["1"]


def test_beside_another_tab_the_bar_leads_back_into_the_lesson() -> None:
    markup = first_screen("step=3&tab=parameters", "en")
    assert t("lesson.back", "en", n=3) in markup
    assert "Drag Heads to and fro" in markup.partition("wayback-part")[2]
    assert "Drag Heads" not in first_screen("step=3&tab=costs", "en").partition("wayback-part")[2]
    assert t("lesson.back", "en", n=12) in first_screen("step=10&tab=generate", "en")


def test_what_a_teacher_has_fixed_or_hidden_is_so_from_the_start() -> None:
    markup = first_screen("lock=n_layer&hide=n_head,presets,more", "en")
    assert found(r'<input type="range"[^>]*disabled', markup)
    assert len(found(r'<p class="hint fixed">', markup)) == 1
    assert found(r'role="spinbutton"[^>]* value="(\d+)"', markup) == ["12", "768"]
    assert 'class="presets"' not in markup.partition("</style>")[2]
    assert 'class="more-part"' not in markup
    assert 'class="look projector"' in first_screen("projector=1", "en")
    assert found('class="compare"', first_screen("pin=12-12-768-1024-50257-1-1", "en"))
    assert not found('class="compare"', first_screen("pin=1", "en"))


@pytest.mark.parametrize(
    ("query", "shape"),
    [("n_layer=0", (12, 12, 768)), ("n_head=7", (12, 6, 768)), ("n_embd=<b>", (12, 12, 768)),
     ("n_head=10&n_embd=768", (12, 8, 768)), ("n_head=7&lock=n_head", (12, 7, 770)),
     ("n_head=25&n_embd=2", (12, 2, 2))],
)  # fmt: skip
def test_what_a_link_says_wrongly_is_put_right(query: str, shape: tuple[int, ...]) -> None:
    """The page puts it right in the same way: tests/browser/test_first_screen.py."""
    config = shape_in(read_link(query), frozenset(["n_head"] if "lock" in query else []))
    assert (config.n_layer, config.n_head, config.n_embd) == shape
    values = [int(n) for n in found(r'role="spinbutton"[^>]* value="(\d+)"', first_screen(query, "en"))]
    assert values == [*shape]
