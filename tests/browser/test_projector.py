"""The projector's look: larger type and stronger contrast, kept in the link."""

from __future__ import annotations

from typing import Literal

import pytest
from browser_tools import STICKS_OUT, OpenPage, attribute, open_tab, wide

from gpt2core.validation import TABS

SIZES = """() => [...document.querySelectorAll(
    '.numbers dt, .tabs-row button, #n_layer, [data-chart=bar] .plot text, [data-chart=bar] figcaption')]
  .filter((node) => node.checkVisibility() && node.textContent + node.value)
  .map((node) => parseFloat(getComputedStyle(node).fontSize))"""
LARGER = f"""small => {{
  const large = ({SIZES})();
  return large.length === small.length && large.every((size, n) => size >= 1.3 * small[n]);
}}"""
DRAWN = "[data-chart=bar] .plot[data-drawn]"


@pytest.mark.parametrize("theme", [wide("light"), "dark"])
def test_the_projector_is_turned_on_kept_in_the_link_and_off_again(
    open_page: OpenPage, server: str, theme: Literal["light", "dark"]
) -> None:
    page = open_page("vi?n_layer=3", color_scheme=theme)
    page.locator(DRAWN).wait_for()
    button = page.locator(".projector-button")
    assert button.inner_text() == "Trình chiếu"
    assert button.get_attribute("aria-pressed") == "false"
    small = page.evaluate(SIZES)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert not page.locator(".masthead p:not(.print-only)").is_visible()
    page.wait_for_url("**projector=1**")
    assert "projector=1" in attribute(page.locator("a.language"), "href")
    page.locator(".share-button").click()
    # A phone that reads the QR code from the wall is no projector.
    assert "projector" not in page.locator("#share-link").input_value()

    other = open_page(page.url.removeprefix(server), color_scheme=theme)
    other.locator(DRAWN).wait_for()
    assert other.locator(".projector-button").get_attribute("aria-pressed") == "true"
    assert len(small) > 10
    other.wait_for_function(LARGER, arg=small)  # sizes glide there
    other.locator(".projector-button").click()
    other.wait_for_url(lambda url: "projector" not in url)
    other.wait_for_function(f"({SIZES})().toString() === '{','.join(f'{s:g}' for s in small)}'")


@pytest.mark.parametrize("lang", [wide(""), "vi"])
def test_nothing_sticks_out_on_a_projector_of_1024_pixels(open_page: OpenPage, lang: str) -> None:
    page = open_page(f"{lang}?projector=1", width=1024, height=768)
    for tab in TABS:
        open_tab(page, tab)
        page.wait_for_timeout(200)
        assert page.evaluate(STICKS_OUT) == [], tab
    open_tab(page, TABS[0])
    page.locator("[data-chart=bar] figcaption").scroll_into_view_if_needed()
    page.locator(DRAWN).wait_for()
    fits = "node => node.querySelector('.main-svg').getBoundingClientRect().width <= node.clientWidth"
    assert page.locator(DRAWN).evaluate(fits)
