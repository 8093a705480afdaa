"""What a newcomer wants to know or do, on a phone and on a laptop, in how many presses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser_tools import CLIPBOARD, OpenPage, box, open_tab, wide
from playwright.sync_api import Page, expect

from gpt2core import PRESETS, count_parameters
from gpt2core.i18n import t

Press = Callable[[str], None]
SMALL = count_parameters(PRESETS["gpt2"])


def largest(page: Page, press: Press) -> None:
    strip = page.locator(".scale i", has_text=t("short.mlp", "en"))
    expect(strip).to_be_in_viewport(ratio=0.9)
    widths = page.locator(".scale i").evaluate_all("(parts) => parts.map((p) => p.offsetWidth)")
    assert strip.evaluate("(p) => p.offsetWidth") == max(widths)
    assert "45.5%" in strip.inner_text()


def saved_by_tying(page: Page, press: Press) -> None:
    saved = page.locator("[data-number=tying_correction]:visible").first
    expect(saved).to_be_in_viewport()
    assert saved.inner_text() == f"{SMALL.tying_correction:,}"


def greedy_text(page: Page, press: Press) -> None:
    press(".tabs-row [data-tab=generate]")
    slider = page.locator("[data-field=temperature] [type=range]")
    slider.click(position={"x": 2, "y": box(slider)["height"] / 2})  # its left end
    press("#generate")
    page.locator(".generation-part .end:not(:empty)").wait_for(timeout=60_000)
    assert page.locator("#temperature").input_value() == "0"
    expect(page.locator(".generation-part .said")).to_be_in_viewport()


def attention(page: Page, press: Press) -> None:
    press(".tabs-row [data-tab=drawing]")
    press(".chip >> nth=2")
    press(".heads label >> nth=1")
    assert "in head 2 of block 1" in page.locator(".attention h3").inner_text()
    expect(page.locator(".attention .steps")).to_be_in_viewport()


def link_for_the_class(page: Page, press: Press) -> None:
    press(".share-button")
    press(".share .only button[data-only=n_head]")
    press(".share .copy")
    page.locator(".share .copied:not(:empty)").wait_for()
    assert "lock=" in page.evaluate("navigator.clipboard.readText()")


TASKS = [(largest, 0), (saved_by_tying, 0), (greedy_text, 3), (attention, 4), (link_for_the_class, 4)]


@pytest.mark.parametrize(("width", "height"), [(390, 844), wide(1366, 650)])
def test_each_takes_few_presses(open_page: OpenPage, width: int, height: int, tmp_path: Path) -> None:
    page = open_page("?max_new_tokens=8", width=width, height=height, **CLIPBOARD)
    page.evaluate("addEventListener('pointerdown', () => { window.presses += 1; }, true)")
    for task, most in TASKS:
        open_tab(page, "parameters")
        page.evaluate("() => { scrollTo(0, 0); window.presses = 0; }")
        task(page, lambda selector: page.locator(selector).click())
        page.screenshot(path=tmp_path / f"{task.__name__}.png")
        assert page.evaluate("window.presses") <= most, task.__name__
