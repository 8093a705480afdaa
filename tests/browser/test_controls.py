"""What is entered in the controls: heads follow the width, presets fill in, bad entries say why."""

from __future__ import annotations

from browser_tools import OpenPage, box, enter, number

from gpt2core import GPTConfig, count_parameters
from gpt2core.config import PRESETS


def test_a_width_that_heads_do_not_divide_moves_the_heads_and_back(open_page: OpenPage) -> None:
    page = open_page()
    enter(page, "n_embd", 500)
    assert page.locator("#n_head").input_value() == "10"
    enter(page, "n_embd", 768)
    assert page.locator("#n_head").input_value() == "12"
    enter(page, "n_head", 7)
    page.locator("#n_head-hint button", has_text="6").click()
    assert page.locator("#n_head").input_value() == "6"


def test_presets_and_exact_entry(open_page: OpenPage) -> None:
    page = open_page()
    for name, config in PRESETS.items():
        page.locator(f"[data-preset={name}]").click()
        total = f"{count_parameters(config).unique_total:,}"
        page.locator(".confirmed", has_text=f"Python counts the same: {total}").wait_for()
        assert number(page) == count_parameters(config).unique_total
        assert page.locator(f"[data-preset={name}]").get_attribute("aria-pressed") == "true"
    enter(page, "n_embd", 50)
    assert number(page) == count_parameters(GPTConfig(6, 5, 50)).unique_total


def test_bad_entries_say_why_and_are_kept(open_page: OpenPage) -> None:
    page = open_page()
    for value in ("5.37", "0", "-3", "", "1e30", "1/2", "1.000"):
        enter(page, "n_layer", value)
        hint = page.locator("#n_layer-hint")
        assert "Layers is" in hint.inner_text(), value
        assert value in hint.inner_text()
        assert page.locator("#n_layer").get_attribute("aria-invalid") == "true"
        assert number(page) == 124_439_808, "the last good numbers stay"
    page.locator("#build").click()
    page.locator(".refusal", has_text="must be a whole number from 1 to 128").wait_for()
    enter(page, "n_layer", 2)
    page.locator(".confirmed", has_text="Python counts the same").wait_for()
    assert "NaN" not in page.locator("body").inner_text()


def test_a_finger_that_scrolls_from_a_slider_has_moved_nothing(open_page: OpenPage) -> None:
    page = open_page("?n_embd=768", width=390, has_touch=True, is_mobile=True)
    slider = page.locator("[data-field=n_embd] [type=range]")
    slider.evaluate("(s) => scrollTo(0, s.getBoundingClientRect().top + scrollY - 400)")
    at = box(slider)
    session = page.context.new_cdp_session(page)
    x, y = at["x"] + 0.8 * at["width"], at["y"] + at["height"] / 2
    before = page.evaluate("scrollY")
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for n in range(1, 12):
        point = {"x": x, "y": y - 15 * n}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") > before + 50
    assert page.locator("#n_embd").input_value() == "768"
