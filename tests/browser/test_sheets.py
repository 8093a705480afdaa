"""The tabs that live wholly in the browser: Counters, Drawing, Costs."""

from __future__ import annotations

import pytest
from browser_tools import OpenPage, enter, open_tab, wide
from playwright.sync_api import Page

from gpt2core import PRESETS, GPTConfig, count_parameters
from gpt2core.counting.parameters import TABLE
from gpt2core.counting.published_counts import PAPER_MILLIONS
from gpt2core.counting.tables import SHEETS, value_of
from gpt2core.validation import SHAPE_FIELDS


def counters(page: Page) -> list[list[str]]:
    """Number and difference of every line that is shown."""
    lines = page.locator(".counters li:visible .figure").all_inner_texts()
    return [line.split("\n") for line in lines]


def expected(config: GPTConfig, preset: str | None = None) -> list[list[str]]:
    found = []
    for row in SHEETS["counters"]["rows"]:
        if row.get("only") in (None, preset):
            number, difference = (value_of(cell, config) for cell in row["cells"])
            sign = "+" if difference > 0 else "−"
            shown = f"{sign} {abs(difference):,}" if difference else "no difference here"
            found.append([f"{number:,}", "the right one" if row["name"] == "right" else shown])
    return found


def test_the_counters_of_small_and_of_what_the_sliders_make(open_page: OpenPage) -> None:
    page = open_page()
    open_tab(page, "parameters")
    small = counters(page)
    assert small == expected(GPTConfig(), "gpt2")
    assert ["163,037,184", "+ 38,597,376"] in small
    assert ["117,000,000", "− 7,439,808"] in small
    why = page.locator(".counters li", has_text="torchinfo").locator(".why").inner_text()
    assert why == "V·E = 50,257·768: wte counted again as lm_head."
    for preset in PAPER_MILLIONS:
        page.locator(f"[data-preset={preset}]").click()
        page.wait_for_timeout(100)
        assert counters(page) == expected(PRESETS[preset], preset)
    page.locator("[data-preset=gpt2]").click()
    enter(page, "n_layer", 5)
    page.get_by_role("button", name="More").click()
    page.locator("#tie_weights").uncheck()
    page.locator("#bias").uncheck()
    config = GPTConfig(n_layer=5, tie_weights=False, bias=False)
    assert counters(page) == expected(config)
    rows = page.locator("[data-sheet=tensors] tbody tr").all_inner_texts()
    assert len(rows) == len(TABLE) + 1
    assert f"{count_parameters(config).unique_total:,}" in rows[-1]


def test_formulas_are_what_is_computed(open_page: OpenPage) -> None:
    """The formula in numbers, read as arithmetic, gives the number that stands beside it."""
    page = open_page("?n_layer=7&n_head=5&n_embd=40&vocab_size=901&block_size=33&tie_weights=false")

    def worth(text: str) -> int:
        for written, python in (("²", "**2"), ("·", "*"), ("×", "*"), ("−", "-"), (",", "")):
            text = text.replace(written, python)
        value: int = eval(text)
        return value

    open_tab(page, "parameters")
    for line in page.locator(".counters li:visible").all():
        number = line.locator("b").inner_text()
        assert worth(line.locator(".figures").inner_text()) == int(number.replace(",", ""))
    open_tab(page, "costs")
    for button in page.locator(".disclose").all():
        button.click()
        assert button.get_attribute("aria-expanded") == "true"
    for formula in page.locator(".formula").all():
        figures, value = (formula.locator(f".{kind}").inner_text() for kind in ("figures", "value"))
        assert worth(figures[2:]) == int("".join(c for c in value if c.isdigit()))


LARGE = [GPTConfig(127, 1, 16383, 65535, 999_999), GPTConfig(128, 128, 16384, 65536, 10**6)]


@pytest.mark.parametrize("config", [LARGE[0], *map(wide, LARGE[1:])])
def test_what_is_shown_as_exact_is_exact_beyond_2_53(open_page: OpenPage, config: GPTConfig) -> None:
    query = "&".join(f"{field}={getattr(config, field)}" for field in SHAPE_FIELDS[:5])
    page = open_page(f"?{query}&tab=costs")
    page.locator("[data-sheet=flops] .formula").first.wait_for(state="attached")
    for unit, sheet, rows in (
        ("FLOPs", "flops", SHEETS["flops"]["rows"]),
        ("bytes", "memory", SHEETS["memory"]["rows"]),
    ):
        for row in rows:
            shown = page.locator(f"[data-sheet={sheet}] [id='formula-{row['name']}'] .value").text_content()
            cell = row["cells"][0]
            assert cell is not None
            assert shown == f"= {value_of(cell, config):,} {unit}", row["name"]
    open_tab(page, "parameters")
    page.locator(".counters b", has_text=",").first.wait_for()
    assert counters(page) == expected(config)


def test_costs_follow_the_sliders_and_show_formulas(open_page: OpenPage) -> None:
    page = open_page()
    open_tab(page, "costs")
    row = page.locator("[data-sheet=flops] tr", has_text="Forward, full context").first
    assert "291.6 G" in row.inner_text()
    row.hover()
    tip = page.locator("[data-sheet=flops] .tip")
    assert "291,648,307,200 FLOPs" in tip.inner_text()
    row.locator("button").focus()
    page.keyboard.press("Enter")
    assert tip.is_hidden()
    assert "= 291,648,307,200 FLOPs" in page.locator("#formula-forward_flops").inner_text()

    def fits(device: str) -> list[bool | str]:
        cells = page.locator("[data-sheet=devices] tr", has_text=device).locator("td").all_inner_texts()
        return ["✓" in cells[1], "✓" in cells[2], cells[3]]

    assert fits("T4")[:2] == [True, True]
    page.locator("[data-preset=gpt2-xl]").click()
    page.wait_for_timeout(100)
    assert fits("T4") == [True, False, "–"]
    parts = SHEETS["devices"]["needs"]["float32"]
    xl, room = PRESETS["gpt2-xl"], 80 * 10**9
    state = value_of(parts["training"], xl) - value_of(parts["sequence"], xl)
    assert fits("H100")[2] == str((room - state) // value_of(parts["sequence"], xl))


# The page's own width says nothing: what sticks out of Gradio's container is cut off.
