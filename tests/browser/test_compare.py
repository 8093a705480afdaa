"""Two shapes side by side: pinned with one click, in the link, and without a request."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from browser_tools import SMALL_PINNED as SMALL
from browser_tools import OpenPage, at_widths, box, number, wide
from playwright.sync_api import Page

from gpt2core import PRESETS, GPTConfig, count_parameters
from gpt2core.counting.costs import costs
from gpt2core.counting.parameters import COMPONENTS
from gpt2core.i18n import file_size

MEDIUM = "24-16-1024-1024-50257-1-1"
MARKS = "[data-chart=bar] .shapelayer path"
ACROSS = "n_layer=24&n_head=16&n_embd=1024"


def row(page: Page, name: str = "unique_total") -> list[str]:
    """What a row says: A, B, difference and factor."""
    cells = page.locator(f".compare [data-row='{name}'] td[data-cell]").all_inner_texts()
    return [*cells[:2], *cells[2].split()]


def unfold(page: Page) -> None:
    page.locator(".compare summary").click()


def pinned(page: Page) -> list[str] | None:
    return parse_qs(urlsplit(page.url).query).get("pin")


def test_two_clicks_show_small_against_medium(open_page: OpenPage) -> None:
    page = open_page()
    assert not page.locator(".compare").is_visible()
    requests = []
    page.on("request", lambda r: requests.append(r.url))
    page.get_by_role("button", name="Compare: keep this as A").click()
    in_short = page.locator(".compare .in-short")
    assert in_short.inner_text().startswith("A and B are the same now: Small")
    unfold(page)
    assert row(page) == ["124,439,808", "124,439,808", "0", "×", "1.00"]
    page.wait_for_timeout(400)
    assert requests == []
    assert page.locator(MARKS).count() == len(COMPONENTS)
    bars = page.locator("[data-chart=bar] .point path")
    first = box(page.locator(MARKS).first)["x"] - box(bars.first)["x"] - box(bars.first)["width"]
    assert abs(first) < 3, "A's mark stands at the end of the same bar"
    page.locator("[data-chart=bar] summary").click()
    told = page.locator("[data-chart=bar] tr").nth(1).locator("td").all_inner_texts()
    assert told[1] == told[3] == "38,597,376"
    page.locator("[data-preset=gpt2-medium]").click()
    page.locator(".compare [data-shape=b]", has_text="Medium").wait_for()
    assert 354_823_168 - 124_439_808 == 230_383_360
    assert row(page) == ["124,439,808", "354,823,168", "+230,383,360", "×", "2.85"]
    assert in_short.inner_text().endswith("B has 2.85 times as many parameters.")
    trains_on = page.locator("[data-row=trains_on] td[data-cell]").all_inner_texts()[:2]
    assert trains_on == ["Laptop with 8 GB of RAM"] * 2
    small, medium = PRESETS["gpt2"], PRESETS["gpt2-medium"]
    for name, n in count_parameters(small).components.items():
        m = count_parameters(medium).components[name]
        assert row(page, f"component.{name}")[:2] == [f"{n:,}", f"{m:,}"]
    bytes_ = [file_size(costs(c).weight_bytes, "en") for c in (small, medium)]
    assert row(page, "weight_bytes")[:2] == bytes_
    assert page.locator("[data-shape=a]").inner_text() == "Small: 12 layers, 12 heads, 768"
    widths = [box(bar)["width"] for bar in page.locator("[data-row=unique_total] i").all()]
    assert widths[0] / widths[1] == pytest.approx(124_439_808 / 354_823_168, rel=0.02)
    button = page.get_by_role("button", name="Stop comparing")
    assert button.get_attribute("aria-pressed") == "true"
    page.locator(".confirmed", has_text="Python counts the same").wait_for()
    requests.clear()
    page.locator("[data-field=n_layer] input[type=range]").evaluate(
        "(slider) => { slider.value = 1; slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    one = count_parameters(GPTConfig(1, 16, 1024)).unique_total
    page.locator("[data-row=unique_total] [data-cell=b]", has_text=f"{one:,}").wait_for()
    page.wait_for_timeout(400)
    assert requests == [], "it follows the slider inside the browser"


def test_the_link_opens_the_same_comparison(open_page: OpenPage) -> None:
    page = open_page(f"vi?{ACROSS}&pin={SMALL}")
    unfold(page)
    assert row(page) == ["124.439.808", "354.823.168", "+230.383.360", "×", "2,85"]
    page.locator("a.language").click()
    page.wait_for_function("document.documentElement?.lang === 'en'")
    page.locator(".compare .in-short", has_text="Small").wait_for()
    assert pinned(page) == [SMALL]


@pytest.mark.parametrize(
    "pin",
    [
        "129-1-64-64-9-1-1",
        *map(wide, ["", "12-12-768", "12-7-768-1024-50257-1-1", "012-12-768-1024-50257-1-1",
                    "12-12-768-1024-50257-1-2", "<b>"]),
    ],
)  # fmt: skip
def test_a_bad_pin_is_refused_with_a_sentence(open_page: OpenPage, pin: str) -> None:
    page = open_page(f"?n_layer=3&pin={pin}")
    said = f'Pinned shape: "{pin}" could not be used, so nothing is pinned.'
    assert page.locator(".confirmed").inner_text() == said
    assert not page.locator(".compare").is_visible()
    assert page.locator("#n_layer").input_value() == "3"


def test_swap_and_unpin(open_page: OpenPage) -> None:
    page = open_page(f"?{ACROSS}&pin={SMALL}")
    unfold(page)
    page.get_by_role("button", name="Swap").click()
    page.wait_for_url(f"**pin={MEDIUM}**")
    assert number(page) == 124_439_808
    assert page.locator("#n_head").input_value() == "12"
    assert row(page) == ["354,823,168", "124,439,808", "−230,383,360", "×", "0.351"]
    page.get_by_role("button", name="Stop comparing").click()
    page.locator(MARKS).first.wait_for(state="detached")
    page.wait_for_url(lambda url: "pin=" not in url)
    assert not page.locator(".compare").is_visible()
    gap = page.evaluate(
        """() => {
          const box = (part) => document.querySelector(part).getBoundingClientRect();
          return box('.navigation-part').top - box('.figures-on-top').bottom;
        }"""
    )
    assert 0 < gap < 20, "nothing there, and no gap"


def test_a_teachers_link_keeps_swap_from_moving_what_it_fixes(open_page: OpenPage) -> None:
    page = open_page(f"?{ACROSS}&pin={SMALL}&lock=n_layer")
    unfold(page)
    assert page.locator(".compare .swap").is_disabled()
    assert page.locator(".compare .fixed").inner_text() == "Your teacher's link has fixed this."


def test_it_fits(open_page: OpenPage) -> None:
    page = open_page(f"vi?n_layer=48&n_head=25&n_embd=1600&tie_weights=false&pin={SMALL}")
    unfold(page)
    assert "Chia sẻ trọng số (weight tying): tắt" in page.locator("[data-shape=b]").inner_text()
    for width in at_widths(page, 390, 870, 1024):
        fits(page, width)


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.locator(".compare :is(td, th)").evaluate_all(
        "(cells) => cells.filter((c) => c.scrollWidth > c.clientWidth + 1).map((c) => c.textContent)"
    )
    assert cut == []
    numbers = page.locator(".compare tr:not([data-row=trains_on]) :is([data-cell=a], [data-cell=b])")
    lines = numbers.evaluate_all(
        """(cells) => cells.map((cell) => {
          const text = document.createRange();
          text.selectNodeContents(cell);
          return text.getClientRects().length;
        })"""
    )
    assert set(lines) == {1}, "no number is broken in two"
