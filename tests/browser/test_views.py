"""The views as a visitor finds them: on a low screen, on a phone, by Back, by links of before, on paper."""

from __future__ import annotations

import re

import pytest
from browser_tools import OPEN_TAB, OpenPage, box, open_tab, wide
from playwright.sync_api import Browser, Route, expect

from gpt2core.i18n import t
from gpt2core.validation import FORMER_TABS, TABS

# How far down the window what stays on top reaches, and where the open view begins.
COVERED = """() => Math.max(0, ...[...document.querySelectorAll('.right > .block, .numbers-part')]
  .filter((e) => e.checkVisibility() && getComputedStyle(e).position === 'sticky')
  .map((e) => e.getBoundingClientRect()).filter((b) => b.top < 120).map((b) => b.bottom))"""
VIEW_TOP = """() => [...document.querySelectorAll('.house [role=tabpanel]')]
  .find((panel) => panel.checkVisibility()).getBoundingClientRect().top"""


@pytest.mark.parametrize("path", [wide(""), "vi"])
def test_on_a_low_screen_each_view_shows_what_is_in_it(open_page: OpenPage, path: str) -> None:
    page = open_page(path, width=1366, height=650)
    for tab in TABS:
        open_tab(page, tab)
        assert 650 - page.evaluate(VIEW_TOP) >= 300, tab
    open_tab(page, "generate")
    button = box(page.locator("#generate"))
    assert button["y"] + button["height"] <= 650


@pytest.mark.parametrize("path", [wide(""), "vi"])
def test_on_a_phone_slider_and_big_number_are_on_one_screen(open_page: OpenPage, path: str) -> None:
    page = open_page(path, width=390, height=700)
    for field in ("n_layer", "n_head", "n_embd"):
        slider = page.locator(f"[data-field={field}] [type=range]")
        slider.evaluate("(s) => scrollTo(0, s.getBoundingClientRect().top + scrollY - 350)")
        page.wait_for_timeout(100)
        before = page.locator("[data-number=unique_total]").inner_text()
        slider.press("ArrowRight")
        for part in (slider, page.locator("[data-number=unique_total]")):
            found = box(part)
            assert 0 <= found["y"] <= 700 - found["height"], field
        if field != "n_head":
            assert page.locator("[data-number=unique_total]").inner_text() != before


def test_back_and_forward_walk_through_views_and_steps(open_page: OpenPage) -> None:
    page = open_page()
    entries = "history.length"
    open_tab(page, "costs")
    page.wait_for_url("**tab=costs**")
    before = page.evaluate(entries)
    page.locator("[data-field=n_layer] [type=range]").press("ArrowRight")
    page.wait_for_url("**n_layer=13**")
    assert page.evaluate(entries) == before, "what a control says is no entry of its own"
    page.locator(".lesson-button").click()
    page.wait_for_selector(".lesson article:not([hidden])")
    page.locator(".lesson [data-go='2'].next").click()
    page.wait_for_url("**step=2**")
    page.go_back()
    page.wait_for_selector(".lesson article[data-step='1']:not([hidden])")
    page.go_back()
    page.locator(OPEN_TAB, has_text="Costs").wait_for()
    page.go_back()
    page.locator(OPEN_TAB, has_text="Parameters").wait_for()
    assert page.locator("#n_layer").input_value() == "13", "what was set is not lost"
    page.go_forward()
    page.locator(OPEN_TAB, has_text="Costs").wait_for()
    page.wait_for_url("**n_layer=13**")


@pytest.mark.parametrize("named", ["counters", wide("nowhere")])
def test_back_to_a_link_that_named_no_view_of_today(open_page: OpenPage, named: str) -> None:
    page = open_page(f"?tab={named}")
    open_tab(page, "costs")
    page.wait_for_url("**tab=costs**")
    page.go_back()
    page.locator(OPEN_TAB, has_text="Parameters").wait_for()
    open_tab(page, "inside")
    page.wait_for_url("**tab=inside**")


@pytest.mark.parametrize("former", ["hardware", *(wide(tab) for tab in FORMER_TABS if tab != "hardware")])
def test_a_tab_of_before_leads_to_what_it_had(open_page: OpenPage, former: str) -> None:
    page = open_page(f"?tab={former}")
    tab, section = FORMER_TABS[former]
    page.locator(OPEN_TAB, has_text=t(f"page.{tab}_tab", "en")).wait_for()
    expect(page.locator(f"#{section}")).to_be_in_viewport()
    if tab != TABS[0]:
        page.wait_for_url(f"**tab={tab}**")


@pytest.mark.parametrize(("width", "look"), [(1270, ""), wide(1920, "&projector=1")])
def test_nothing_is_under_what_stays_on_top(open_page: OpenPage, width: int, look: str) -> None:
    page = open_page(f"vi?n_layer=3{look}", width=width, height=720)
    for tab in ("costs", "inside", "lesson", "generate"):
        page.evaluate("scrollTo(0, 900)")
        page.wait_for_timeout(150)
        page.locator(f".tabs-row [data-tab={tab}]").evaluate("(button) => button.click()")
        page.wait_for_selector(f".tabs-row [data-tab={tab}][aria-selected=true]")
        page.wait_for_timeout(500)
        assert page.evaluate(VIEW_TOP) >= page.evaluate(COVERED) - 1, tab
    last = page.locator(".sections:visible button").last
    last.click()
    page.wait_for_timeout(1200)
    section = page.locator(f"#{last.get_attribute('data-to')}")
    assert box(section)["y"] >= page.evaluate(COVERED) - 1


# The picture's tree is closed to the page's scripts; here it is open, to be pressed.
OPEN = """const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  return attach.call(this, { ...options, mode: 'open' });
};"""


def test_what_is_pressed_before_the_page_stands_is_done(browser: Browser, server: str) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 700})
    page.add_init_script(OPEN)
    held: list[Route] = []
    page.route("**/live.js", lambda route: held.append(route))
    page.goto(server)
    for selector in ("[data-preset='gpt2-medium']", "[data-tab=costs]"):
        pressed = page.locator(f"#first-screen {selector}")
        pressed.click()
        expect(pressed).to_have_class(re.compile("kept"))
    while not held:  # Gradio's scripts, which ask for it, may not have come yet
        page.wait_for_timeout(50)
    for route in held:
        route.continue_()
    page.wait_for_selector(".tabs-row [data-tab=costs][aria-selected=true]", timeout=60_000)
    total = page.locator(".numbers-part [data-number=unique_total]:visible")
    expect(total).to_have_text("354,823,168", timeout=60_000)
    page.close()


# In the page's pixels: those of what is zoomed are its own.
FITS = "(svg) => svg.getBoundingClientRect().right * svg.currentCSSZoom <= 703"


def test_on_paper_every_chart_is_drawn_and_nothing_is_cut(open_page: OpenPage) -> None:
    page = open_page("vi?n_layer=3", width=1440)
    page.wait_for_function(
        "[...document.querySelectorAll('.chart .plot')].every((plot) => plot.dataset.drawn)", timeout=60_000
    )
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 702, "height": 1000})
    page.wait_for_timeout(500)
    assert "GPT-2 có 3 " in page.locator(".print-only").inner_text()
    assert "n_layer=3" in page.locator(".print-only").inner_text()
    margins = (
        "[...document.adoptedStyleSheets].flatMap((s) => [...s.cssRules]).map((r) => r.cssText).join()"
    )
    assert "n_layer=3" in page.evaluate(margins), "on every page"
    page.wait_for_function(f"[...document.querySelectorAll('.chart .plot svg')].every({FITS})")
    for gone in (".left", ".tabs-row", ".masthead .tools", ".sections", ".pictures"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.evaluate("document.documentElement.scrollWidth") <= 703


def test_in_forced_colours_what_is_chosen_is_told_apart(open_page: OpenPage) -> None:
    page = open_page(width=1024, forced_colors="active")
    ground = "(e) => getComputedStyle(e).backgroundColor"
    for chosen, other in (
        ("[data-tab=parameters]", "[data-tab=costs]"), ("[data-preset=gpt2]", "[data-preset=gpt2-xl]")
    ):  # fmt: skip
        assert page.locator(f".house {chosen}").evaluate(ground) != page.locator(
            f".house {other}"
        ).evaluate(ground)
    assert page.locator(".scale i").nth(2).evaluate(ground) == "rgb(230, 159, 0)"


def test_enlarged_four_times_nothing_stays_on_top(open_page: OpenPage) -> None:
    page = open_page("?step=3&tab=parameters", width=320, height=256)
    page.evaluate("scrollTo(0, 1500)")
    page.wait_for_timeout(300)
    assert page.evaluate(COVERED) == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.wayback-part')).position") != "sticky"
