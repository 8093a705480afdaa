"""While a slider moves: numbers and charts follow, the server hears nothing, the counts are right."""

from __future__ import annotations

import json
import re

import pytest
from browser_tools import OpenPage, box, enter, number, wide
from playwright.sync_api import Page
from random_configs import random_configs

from gpt2core import GPTConfig, count_parameters
from gpt2core.charts.base import quantities
from gpt2core.config import DTYPE_BYTES, PRESETS

WATCH = """field => {
  window.lags = [];
  let start = null;
  document.addEventListener('input', (e) => {
    if (e.target.closest(`[data-field=${field}]`)) start = performance.now();
  }, true);
  // What is drawn after the release follows nothing that moves: the axis glides to its end.
  document.addEventListener('pointerup', () => { start = null; }, true);
  const visible = (plot) => {
    const box = plot.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  };
  const drawn = (changes) => changes.forEach(
    (c) => start !== null && visible(c.target) && window.lags.push(performance.now() - start));
  const watcher = new MutationObserver(drawn);
  document.querySelectorAll('.plot').forEach(
    (p) => watcher.observe(p, { attributes: true, attributeFilter: ['data-drawn'] }));
}"""
# Whose counts a JavaScript number does not hold exactly.
LARGEST, BEYOND = GPTConfig(128, 128, 16384, 65536, 10**6), GPTConfig(127, 1, 16383, 65535, 999_999)
LIMIT_MS = 50  # the figure
MULTIPLE = 2  # for slow and busy machines


def drag(page: Page, field: str, steps: int = 40) -> list[str]:
    """Drags a slider from end to end; returns the requests made on the way."""
    track = box(page.locator(f"[data-field={field}] input[type=range]"))
    y, left, width = track["y"] + track["height"] / 2, track["x"] + 12, track["width"] - 24
    requests: list[str] = []
    page.mouse.move(left, y)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.on("request", lambda r: requests.append(r.url))
    for n in range(1, steps + 1):
        page.mouse.move(left + width * n / steps, y)
        page.wait_for_timeout(16)
    page.wait_for_timeout(200)
    made = list(requests)
    page.mouse.up()
    return made


@pytest.mark.alone
@pytest.mark.parametrize("field", [wide("n_layer"), "n_embd"])
def test_a_drag_moves_numbers_and_charts_without_a_request(open_page: OpenPage, field: str) -> None:
    page = open_page()
    page.wait_for_selector(".plot[data-drawn]")
    page.wait_for_timeout(800)
    before = number(page)
    page.evaluate(WATCH, field)
    assert drag(page, field) == []
    lags = sorted(page.evaluate("window.lags"))
    assert len(lags) >= 15
    assert lags[int(len(lags) * 0.95)] <= LIMIT_MS * MULTIPLE
    end = {"n_layer": GPTConfig(n_layer=48, n_head=1), "n_embd": GPTConfig(n_embd=1600, n_head=1)}[field]
    assert number(page) == count_parameters(end).unique_total != before
    page.locator(".confirmed", has_text="Python counts the same").wait_for()


@pytest.mark.alone
def test_dragging_the_heads_moves_only_what_heads_move(open_page: OpenPage) -> None:
    page = open_page()
    page.wait_for_timeout(800)
    assert drag(page, "n_head") == []
    assert number(page) == 124_439_808
    assert number(page, "head_dim") == 32  # 24 of 25: the nearest that divides 768
    enter(page, "n_head", 25)
    assert "25 does not divide 768" in page.locator("#n_head-hint").inner_text()


def test_the_browser_counts_as_python_does(open_page: OpenPage) -> None:
    page = open_page()
    store = page.evaluate(
        "performance.getEntriesByType('resource').map(r => r.name).find(n => n.endsWith('/store.js'))"
    )
    configs = [*random_configs(200, seed=8), *PRESETS.values(), LARGEST, BEYOND]
    numbers = [
        {
            **{f: int(getattr(c, f)) for f in c.__dataclass_fields__},
            "tied": int(c.tie_weights),
            "untied": int(not c.tie_weights),
            "dtype_bytes": n_bytes,
        }
        for c in configs
        for n_bytes in DTYPE_BYTES.values()
    ]
    found = page.evaluate(
        """async ([url, all]) => {
          const { evaluate, exactly } = await import(url);
          const digits = (counts) => Object.entries(counts).map(([name, n]) => [name, String(n)]);
          return all.map((n) => [evaluate(n), Object.fromEntries(digits(exactly(n)))]);
        }""",
        [store, numbers],
    )
    models = [(config, dtype) for config in configs for dtype in DTYPE_BYTES]
    for (config, dtype), (drawn, exact) in zip(models, found, strict=True):
        expected = quantities(config, dtype)
        assert {name: int(n) for name, n in exact.items()} == expected, config
        # What is drawn is as near as a pixel needs; a JavaScript number holds whole ones up to 2^53.
        assert drawn == {name: n if n <= 2**53 else pytest.approx(n) for name, n in expected.items()}


def test_the_page_draws_what_python_would(open_page: OpenPage) -> None:
    """The filled figure in the browser equals charts.fill, trace by trace."""
    from gpt2core.charts.base import fill
    from gpt2core.charts.parameters import CHARTS

    page = open_page(height=2600)
    page.locator("[data-preset=gpt2-medium]").click()
    page.wait_for_timeout(1200)
    values = quantities(PRESETS["gpt2-medium"])
    for kind, make, keys in (
        ("bar", CHARTS["bar"], ["x", "customdata"]),
        ("waterfall", CHARTS["waterfall"], ["y", "base"]),
    ):
        trace = json.loads(json.dumps(fill(make("en"), values)))["data"][0]
        for key in keys:
            drawn = page.evaluate(
                f"[...document.querySelector('[data-chart={kind}] .plot').data[0]['{key}']]"
            )
            assert drawn == pytest.approx(trace[key])


def test_python_is_asked_about_the_model_and_nothing_else(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("[data-preset=gpt-mini]").click()
    page.locator(".confirmed", has_text="Python counts the same").wait_for()
    page.locator("[data-tab=generate]").click()
    enter(page, "temperature", "0.1")
    page.wait_for_timeout(500)
    assert "Python counts the same" in page.locator(".confirmed").inner_text()


def test_the_words_beside_the_charts_follow(open_page: OpenPage) -> None:
    page = open_page()
    assert "MLP holds the most: 56,669,184" in page.locator("[data-chart=bar] figcaption").inner_text()
    page.locator("[data-preset=gpt-nano]").click()
    page.locator("[data-chart=bar] figcaption", has_text="Token embedding (wte) holds the most").wait_for()
    page.locator("[data-chart=waterfall] summary").click()
    page.locator("[data-chart=waterfall] table tr").last.wait_for()
    rows = page.locator("[data-chart=waterfall] table tr").all_inner_texts()
    assert re.search(r"true total\s+2,546,400", rows[-1])


def test_the_sketch_follows_and_leads_to_the_drawing(open_page: OpenPage) -> None:
    page = open_page()
    slabs = "document.querySelectorAll('.sketch path')[2].getAttribute('d').split('M').length - 1"
    page.locator(".sketch path").first.wait_for()
    assert page.evaluate(slabs) == 12
    enter(page, "n_layer", 5)
    assert page.evaluate(slabs) == 5
    assert page.locator(".sketch .tie").count() == 1
    page.locator(".more-part button").click()
    page.locator("#tie_weights").uncheck()
    assert page.locator(".sketch .tie").count() == 0
    page.locator(".sketch").click()
    page.wait_for_selector(".tabs-row [data-tab=drawing][aria-selected=true]")


def test_a_tensor_in_the_treemap_is_not_a_room_to_get_lost_in(open_page: OpenPage) -> None:
    page = open_page(height=2000)
    page.wait_for_selector("[data-chart=treemap] .plot[data-drawn]")
    shown = "document.querySelectorAll('[data-chart=treemap] g.slice').length"
    tile = page.locator("[data-chart=treemap] g.slice", has_text="wte.weight").last
    before = page.evaluate(shown)
    tile.click()
    page.wait_for_timeout(1200)
    assert page.evaluate(shown) == before
    page.locator("[data-chart=treemap] g.slice", has_text="MLP").first.click(position={"x": 30, "y": 8})
    page.wait_for_function(f"{shown} < {before}")
