"""Where the shape jumps, charts go there and do not jump, unless somebody wants no motion; in a drag their
axes stand still, so that what grows is seen to grow."""

from __future__ import annotations

import pytest
from browser_tools import OpenPage, enter
from playwright.sync_api import Page

from gpt2core.charts.base import quantities
from gpt2core.config import PRESETS

pytestmark = pytest.mark.alone

WATCH = """() => {
  const plot = document.querySelector("[data-chart=bar] .plot");
  window.seen = [];
  const look = () => window.seen.push(plot.data[0].x[3]);
  new MutationObserver(look).observe(plot, { attributeFilter: ["data-drawn"] });
}"""
MLP = {name: quantities(config)["component.mlp"] for name, config in PRESETS.items()}


def widths_seen(page: Page, *presets: str) -> list[float]:
    """What the MLP's bar stood for in each picture, after pressing the presets one after the other."""
    page.wait_for_selector("[data-chart=bar] .plot[data-drawn]")
    page.wait_for_timeout(500)
    page.evaluate(WATCH)
    page.evaluate(
        "all => all.forEach((name) => document.querySelector(`[data-preset=${name}]`).click())", presets
    )
    page.wait_for_function("n => window.seen.includes(n)", arg=MLP[presets[-1]])
    page.wait_for_timeout(800)
    seen: list[float] = page.evaluate("window.seen")
    return seen


@pytest.mark.wide
def test_bars_grow_from_one_preset_to_the_other(open_page: OpenPage) -> None:
    seen = widths_seen(open_page(), "gpt2-xl")
    assert len(set(seen)) > 3
    assert seen == sorted(seen)
    assert all(MLP["gpt2"] <= n <= MLP["gpt2-xl"] for n in seen)
    assert seen[-1] == MLP["gpt2-xl"]


def test_who_wants_no_motion_gets_none(open_page: OpenPage) -> None:
    seen = widths_seen(open_page(reduced_motion="reduce"), "gpt2-xl")
    assert set(seen) == {MLP["gpt2-xl"]}


@pytest.mark.wide
def test_a_second_jump_takes_over_from_the_first(open_page: OpenPage) -> None:
    seen = widths_seen(open_page(), "gpt2-xl", "gpt-nano")
    assert seen[-1] == MLP["gpt-nano"]
    assert max(seen) < MLP["gpt2-medium"]


AXES = """field => {
  const plot = document.querySelector("[data-chart=bar] .plot");
  window.axes = [];
  const look = () => window.axes.push([plot.layout.xaxis.range[1], plot.data[0].x[0], plot.data[0].x[3]]);
  new MutationObserver(look).observe(plot, { attributeFilter: ["data-drawn"] });
  const slider = document.querySelector(`[data-field=${field}] input[type=range]`);
  const steps = Array.from({ length: 25 }, (_, i) => 20 + i);
  (function go() {
    slider.value = steps.shift();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    if (steps.length) setTimeout(go, 60);
  })();
}"""


def test_in_a_drag_the_axis_seldom_moves_and_afterwards_fits(open_page: OpenPage) -> None:
    page = open_page()
    page.wait_for_selector("[data-chart=bar] .plot[data-drawn]")
    page.wait_for_timeout(500)
    page.evaluate(AXES, "n_layer")
    page.wait_for_function("window.axes.length && window.axes.at(-1)[2] > 2e8")
    page.wait_for_timeout(400)
    axes = page.evaluate("window.axes")
    assert len({axis for axis, _, _ in axes}) <= 4 < len({mlp for _, _, mlp in axes})
    assert len({wte for _, wte, _ in axes}) == 1
    page.locator("[data-field=n_layer] input[type=range]").dispatch_event("change")
    page.wait_for_timeout(1000)
    settled = page.evaluate("window.axes")[-1]
    enter(page, "n_layer", "12")
    page.wait_for_timeout(1000)
    small = page.evaluate("window.axes")[-1]
    assert settled[0] / settled[2] == pytest.approx(
        small[0] / small[2]
    )  # as much room beside the longest bar
