"""No part is empty before a press: what GPT-2 Small has shown stands there and is said to be so, until the
part's own button is pressed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from browser_tools import STICKS_OUT, OpenPage, enter, open_tab, wide
from first_look import WATCH
from playwright.sync_api import Browser, Page

from gpt2core.i18n import t
from gpt2core.ui.page_data import page_data
from gpt2core.validation import TABS

TINY = "?n_layer=1&n_head=1&n_embd=64"
# But the played pass: test_forward_pass.py.
RUNS = [
    "build", "generate", "compare", "train", "before-after",
    *(f"lab-{name}" for name in page_data("en")["labs"] if name != "forward"),
]  # fmt: skip
# The parts that show what a run has found, where they are not called as the run is.
PARTS_OF = {
    "generate": ["generation", "distribution"], "compare": ["comparison"], "train": ["training"],
    "before-after": ["beforeAfter"],
}  # fmt: skip
OF_ANOTHER = ("training", "beforeAfter")  # of a smaller model: the page's is too large to learn
# Of each part that shows what a run has found: its name, its examples' lines, how much of it is empty, and
# what it is called for who hears the page.
PARTS = """() => [...document.querySelectorAll('.result, [data-chart=distribution]')]
  .filter((part) => part.checkVisibility({ visibilityProperty: true })).map((part) => [
    part.dataset.lab ? `lab-${part.dataset.lab}` : part.dataset.chart ?? part.closest('.block').className
      .match(/(\\w+)-part/)[1],
    [...part.querySelectorAll('.example')].map((line) => line.textContent),
    [...part.querySelectorAll('.empty')].filter((node) => node.checkVisibility()).length
      + part.classList.contains('empty'),
    document.getElementById(part.getAttribute('aria-labelledby'))?.textContent ?? '',
  ])"""
SETTLED = "!document.querySelector('[data-awaits]') && !document.querySelector('.house .right .pending')"


def parts(page: Page) -> dict[str, tuple[list[str], int, str]]:
    """Of each part of the open view, as PARTS says."""
    page.wait_for_function(SETTLED)
    found = page.evaluate(PARTS)
    return {name: (lines, empty, named) for name, lines, empty, named in found}


def each_view(page: Page) -> Iterator[dict[str, tuple[list[str], int, str]]]:
    """Opens each view that has such parts, and gives them."""
    for view in TABS:
        open_tab(page, view)
        page.wait_for_timeout(150)
        if found := parts(page):
            yield found


@pytest.mark.parametrize(("lang", "width"), [wide("en", 1440), ("vi", 390)])
def test_every_part_has_its_example_and_says_so(open_page: OpenPage, lang: str, width: int) -> None:
    page = open_page("" if lang == "en" else lang, width=width)
    seen: dict[str, tuple[list[str], int, str]] = {}
    for found in each_view(page):
        seen |= found
        assert page.evaluate(STICKS_OUT) == []
    model = t("example.model", lang, name="Small", seed=0)
    begin = t("example.line", lang, about=model, button="").partition(model)[0] + model
    learnt = t("example.model", lang, name="3/4/160", seed=0)
    assert len(seen) == len(RUNS) + 1, "the text's chart is a part of its own"
    for name, (lines, empty, named) in seen.items():
        assert len(lines) == 1, name
        if name in OF_ANOTHER:
            assert learnt in lines[0]
        else:
            assert lines[0].startswith(begin), name
        assert named == lines[0], name
        assert not empty, name
    texts = {name: lines[0] for name, (lines, _, _) in seen.items()}
    assert t("example.empty_prompt", lang) in texts["generation"]
    assert t("example.cores", lang, cores=2) in texts["lab-qkv"]
    assert t("lab.weights_button", lang) in texts["lab-weights"]


def test_an_example_is_nobodys_result(open_page: OpenPage) -> None:
    """It says when it is of another model than the one on the sliders, and nothing of it grows old."""
    page = open_page()
    for before in each_view(page):
        enter(page, "n_layer", 3)
        page.wait_for_timeout(100)
        for name, (lines, _, _) in parts(page).items():
            assert lines != before[name][0] or name in OF_ANOTHER, name
            assert "another model than yours" in lines[0], name
        enter(page, "n_layer", 12)
        page.wait_for_timeout(100)
        assert parts(page) == before
        assert [line for line in page.locator(".outdated").all_inner_texts() if line] == []
        assert page.locator(".stale, .stop:visible").count() == 0


@pytest.mark.wide
def test_it_goes_when_the_parts_own_button_is_pressed(open_page: OpenPage) -> None:
    page = open_page(TINY)
    pressed: set[str] = set()
    for _ in each_view(page):
        for run in RUNS:
            button = page.locator(f"#{run}")
            if run in pressed or not button.is_visible():
                continue
            mine = PARTS_OF.get(run, [run])
            had = parts(page)
            if not had.keys() >= {*mine}:
                continue
            button.click()
            pressed.add(run)
            now = parts(page)
            assert [name for name in mine if name in now and now[name][0]] == [], run
            for other in had.keys() - {*mine} - pressed:
                assert now[other] == had[other], f"{other} after {run}"
            page.locator(f"#{run}[aria-disabled=false]").wait_for(timeout=60_000)
            page.wait_for_timeout(100)
            now = parts(page)
            assert [name for name in mine if name in now and (now[name][0] or now[name][2])] == [], run
            assert page.locator(".refusal:visible").count() == 0
    assert pressed == {*RUNS}


def test_without_a_network_a_part_says_what_a_press_will_show(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.route("**/example-*", lambda route: route.abort())
    page.goto(server)
    page.wait_for_selector("#first-screen", state="detached")
    open_tab(page, "generate")
    page.locator(".generation-part .empty", has_text=t("generate.empty", "en")).wait_for()
    page.wait_for_function(SETTLED)
    found = parts(page)
    assert found["generation"] == ([], 1, "")
    assert found["distribution"][1] == 1
    page.close()


@pytest.mark.parametrize("views", [("generate",), wide(TABS)])
def test_nothing_jumps_in_a_view_that_a_link_opens(
    browser: Browser, server: str, views: tuple[str, ...]
) -> None:
    shifts = {}
    for view in views:
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        page = context.new_page()
        page.add_init_script(f"({WATCH})()")
        page.goto(f"{server}?tab={view}")
        page.wait_for_selector("html.stands", state="attached", timeout=60_000)
        page.wait_for_timeout(1500)
        page.wait_for_function(SETTLED)
        # Sheets move while they are filled.
        if page.locator(".example").count() and not page.locator(".sheet:visible").count():
            shifts[view] = cast(float, page.evaluate("window.shift"))
        context.close()
    assert shifts
    assert max(shifts.values()) < 0.02, shifts
