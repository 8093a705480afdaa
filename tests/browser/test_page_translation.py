"""A program that translates the page leaves names, tokens and what a model has written as they are."""

from __future__ import annotations

import pytest
from browser_tools import FINISHED, OpenPage, enter
from playwright.sync_api import Page

# The attribute is for browsers, the class for programs that go by it.
TRANSLATED = """(selector) => [...document.querySelectorAll(selector)]
  .filter((e) => !e.closest('[translate=no]') || !e.closest('.notranslate'))
  .map((e) => e.outerHTML.slice(0, 100))"""


def check(page: Page, *selectors: str) -> None:
    for selector in selectors:
        assert page.locator(selector).count(), selector
        assert page.evaluate(TRANSLATED, selector) == [], selector


@pytest.mark.wide
def test_names_and_texts_are_left_as_they_are(open_page: OpenPage) -> None:
    page = open_page("?n_layer=2&n_head=2&n_embd=32&tab=generate")
    page.locator("#generate").click()
    page.locator(".end", has_text=FINISHED).wait_for()
    page.locator("[data-chart=distribution] summary").click()
    candidates = "[data-chart=distribution] td:first-child"
    check(page, ".speech .said", "#prompt", "#share-link", "[data-chart=distribution] .plot", candidates)
    enter(page, "max_new_tokens", 3)
    page.locator("#compare").click()
    page.locator(".result .grid .speech").nth(3).wait_for()
    check(page, ".result .grid .speech")

    page.locator("#build").click()
    page.locator("#build").click()
    page.locator(".result pre").first.wait_for()
    page.locator("[data-tab=inside]").click()
    page.locator("#lab-weights").click()
    page.locator(".result td", has_text="transformer.wte.weight").first.wait_for()
    page.locator("[data-tab=parameters]").click()
    page.locator(".counters code").first.wait_for()
    page.locator("[data-tab=drawing]").click()
    page.locator(".drawing .canvas svg").wait_for()
    page.locator("[data-tab=lesson]").click()
    page.locator(".lesson code").first.wait_for(state="attached")
    check(page, "code", "pre", ".plot", ".canvas")
    check(page, "[data-lab=weights] td:first-child", "[data-lab=weights] option")
    assert page.evaluate(TRANSLATED, "h2, .hint:not(.notranslate)"), "the page's own words are translated"
