"""What an earlier model said does not pass for what the controls say now, what a link
holds of the lesson, and where a tab begins."""

from __future__ import annotations

from browser_tools import OpenPage, box, enter, open_tab

TINY = "?n_layer=1&n_head=1&n_embd=32"


def test_a_text_of_other_settings_says_so(open_page: OpenPage) -> None:
    page = open_page(TINY + "&tab=generate")
    page.locator("#generate").click()
    page.locator(".generation-part .end", has_text="Done").wait_for()
    note = page.locator(".generation-part .outdated")
    assert note.inner_text() == ""
    for field, other, back in (("temperature", "0.1", "1"), ("n_layer", "2", "1")):
        enter(page, field, other)
        page.locator(".generation-part .stale .outdated", has_text="have changed").wait_for()
        enter(page, field, back)
        page.locator(".generation-part .result:not(.stale)").wait_for()
        assert note.inner_text() == ""


def test_four_temperatures_do_not_depend_on_the_fifth(open_page: OpenPage) -> None:
    page = open_page(TINY + "&tab=generate")
    page.locator("#compare").click()
    page.locator(".comparison-part .end", has_text="Done").wait_for()
    enter(page, "temperature", "0.1")
    page.wait_for_timeout(300)
    assert page.locator(".comparison-part .outdated").inner_text() == ""
    enter(page, "sample_seed", "7")
    page.locator(".comparison-part .stale .outdated", has_text="have changed").wait_for()


def test_a_glance_at_the_lesson_leaves_no_trace(open_page: OpenPage) -> None:
    page = open_page()
    open_tab(page, "lesson")
    page.locator(".lesson h2").first.wait_for()
    open_tab(page, "costs")
    page.wait_for_url("**tab=costs**")
    assert "step=" not in page.url
    assert not page.locator(".wayback").is_visible()


def test_a_step_and_another_tab_both_stand_in_the_link(open_page: OpenPage, server: str) -> None:
    page = open_page("?step=3")
    page.locator("[data-step='3'] .do-it").click()
    page.locator(".wayback p", has_text="heads").wait_for()
    open_tab(page, "parameters")
    page.wait_for_url("**tab=parameters**")
    again = open_page(page.url.removeprefix(server))
    assert again.locator(".tabs-row [aria-selected=true]").get_attribute("data-tab") == "parameters"
    assert again.locator(".wayback").is_visible()


def test_another_tab_begins_at_its_top_for_who_has_read_down_one(open_page: OpenPage) -> None:
    page = open_page()
    page.wait_for_selector("[data-chart=bar] .plot[data-drawn]")
    page.mouse.wheel(0, 1200)
    page.wait_for_function("scrollY > 700")
    for tab in ("generate", "drawing", "parameters"):
        open_tab(page, tab)
        page.wait_for_timeout(700)
        top = box(page.locator(".tabs-row"))["y"]
        assert 0 <= top < 20, tab
        below = page.evaluate("document.querySelector('.right .tabs').getBoundingClientRect().top")
        assert 40 < below < 80, tab
