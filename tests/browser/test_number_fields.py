"""Numbers as people type them: what was meant or a refusal, nothing that is half typed, and a spin button's
keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser_tools import OpenPage, attribute, enter, number, wide
from playwright.sync_api import Page

from gpt2core import GPTConfig, count_parameters
from gpt2core.validation import LIMITS

OF_THE_MODEL = ("n_layer", "n_head", "n_embd", "block_size", "vocab_size", "seed")
OF_A_TEXT = ("temperature", "max_new_tokens", "top_k", "top_p", "sample_seed")


def open_all(page: Page) -> None:
    """Everything with a number field of a model or a text."""
    page.locator(".more-part button").click()
    page.locator("[data-tab=generate]").click()
    page.locator("#sample_seed").wait_for()


@pytest.mark.parametrize("lang", [wide("en"), "vi"])
def test_each_field_takes_what_was_meant_or_refuses_it(open_page: OpenPage, lang: str) -> None:
    page = open_page("vi" if lang == "vi" else "")
    open_all(page)
    cases = json.loads((Path(__file__).parents[1] / "fixtures" / "typed_numbers.json").read_text("utf-8"))
    odd = [case for case in cases if case["lang"] == lang and not case["typed"].strip().isdigit()]
    for field, n in (("vocab_size", 8), ("temperature", 7)):
        limit = LIMITS[field]
        for case in [case for case in odd if case["whole"] == (field == "vocab_size")][-n:]:
            enter(page, field, 7)
            enter(page, field, case["typed"])
            value = case["value"]
            allowed = value is not None and limit.minimum <= value <= limit.maximum
            allowed = allowed and (not case["whole"] or value == int(value))
            assert attribute(page.locator(f"#{field}"), "aria-invalid") == str(not allowed).lower(), case
            holds = float(attribute(page.locator(f"#{field}"), "aria-valuenow"))
            assert holds == (value if allowed else 7), case


@pytest.mark.parametrize(("path", "typed", "shown"), [("", "0,1", "0.1"), wide("vi", "0,1", "0,1")])
def test_the_reported_temperature(open_page: OpenPage, path: str, typed: str, shown: str) -> None:
    page = open_page(path)
    open_all(page)
    enter(page, "temperature", typed)
    page.wait_for_url("**temperature=0.1&**")
    assert page.locator("#temperature").input_value() == shown
    assert attribute(page.locator("#temperature"), "aria-valuenow") == "0.1"
    slider = page.locator("[data-field=temperature] input[type=range]")
    assert attribute(slider, "aria-valuetext") == shown


def test_vietnamese_thousands_and_what_a_refusal_says(open_page: OpenPage) -> None:
    page = open_page("vi")
    open_all(page)
    for typed, counted in (
        ("50.000", 50_000),
        ("50.257", 50_257),
        ("50,304", 50_304),
        ("1.000.000", 10**6),
    ):
        enter(page, "vocab_size", typed)
        assert number(page) == count_parameters(GPTConfig(vocab_size=counted)).unique_total, typed
    enter(page, "vocab_size", "1/2")
    hint = page.locator("#vocab_size-hint").inner_text()
    assert '"1/2"' in hint
    assert hint.endswith("Ở đây số được viết như 50.257 và 0,1.")


def test_half_a_number_changes_nothing_and_a_refused_one_neither(open_page: OpenPage) -> None:
    page = open_page("?n_layer=12&n_head=12&n_embd=768")
    page.locator("#n_embd").fill("")
    for key in "1600.5":
        page.keyboard.press(key)
        assert number(page) == 124_439_808
        assert page.locator("#n_head").input_value() == "12"
    page.keyboard.press("Tab")
    page.locator("#n_embd-hint.bad").wait_for()
    page.locator("[data-tab=generate]").click()
    page.wait_for_url("**tab=generate**")
    assert "n_layer=12&n_head=12&n_embd=768" in page.url
    assert number(page) == 124_439_808
    assert page.locator("#n_embd").input_value() == "1600.5", "it can be mended"
    page.locator("#n_embd").fill("1600")
    page.keyboard.press("Enter")
    page.wait_for_url("**n_head=10&n_embd=1600**")
    assert not page.locator("#n_embd-hint.bad").is_visible()


def test_a_refused_number_is_what_the_server_is_asked_until_it_is_mended(open_page: OpenPage) -> None:
    page = open_page("?n_layer=2&n_head=2&n_embd=32")
    enter(page, "n_embd", "32.5")
    page.locator("#build").click()
    page.locator(".refusal", has_text="Embedding size is 32.5").wait_for()
    page.locator("[data-preset=gpt-nano]").click()
    assert page.locator("#n_embd").input_value() == "48"
    assert not page.locator("#n_embd-hint.bad").is_visible()


def test_keys_and_wheel_step_it(open_page: OpenPage) -> None:
    page = open_page("?temperature=1")
    open_all(page)

    def press(field: str, *keys: str) -> str:
        page.locator(f"#{field}").focus()
        for key in keys:
            page.keyboard.press(key)
        return page.locator(f"#{field}").input_value()

    assert press("n_layer", "ArrowUp") == "13"
    assert number(page) == count_parameters(GPTConfig(13)).unique_total, "a step acts at once"
    assert press("n_layer", "PageDown", "ArrowDown") == "2"
    assert press("n_layer", "PageDown") == "1", "not beyond what is allowed"
    assert press("n_head", "ArrowUp") == "16", "the next count that divides the width"
    assert press("n_head", "ArrowDown", "ArrowDown") == "8"
    assert press("temperature", "ArrowUp") == "1.1"
    assert press("temperature", *["ArrowDown"] * 12) == "0"
    assert press("top_p", "ArrowUp") == "1"
    page.locator("#seed").focus()
    page.locator("#seed").hover()
    page.mouse.wheel(0, -100)
    page.wait_for_function("document.querySelector('#seed').value === '1'")
    page.locator("#n_embd").hover()  # not the one that has the focus
    page.mouse.wheel(0, -100)
    assert page.locator("#n_embd").input_value() == "768"
    page.locator("#block_size").fill("512")
    assert press("block_size", "ArrowUp") == "513", "from what is typed"


def test_phones_get_the_right_keys_and_readers_a_spin_button(open_page: OpenPage) -> None:
    page = open_page("?tab=inside")
    open_all(page)
    page.locator("[data-tab=drawing]").click()
    page.locator("#drawing-batch").wait_for()
    modes = {field: attribute(page.locator(f"#{field}"), "inputmode") for field in OF_THE_MODEL + OF_A_TEXT}
    fractional = {field for field, mode in modes.items() if mode == "decimal"}
    assert fractional == {"temperature", "top_p"}
    assert set(modes.values()) == {"numeric", "decimal"}
    for field in (*OF_THE_MODEL, *OF_A_TEXT, "drawing-batch", "drawing-tokens"):
        box = page.get_by_role("spinbutton", include_hidden=True).and_(page.locator(f"#{field}"))
        assert box.count() == 1, field
        assert attribute(box, "aria-valuenow") == box.input_value()
    assert page.locator("input[type=number]").count() == 0


def test_the_drawings_own_numbers_are_read_alike(open_page: OpenPage) -> None:
    page = open_page("vi?tab=drawing")
    page.locator("#drawing-tokens").wait_for()
    enter(page, "drawing-batch", "1.000")
    assert page.locator("#drawing-batch").input_value() == "1000"
    assert "1.000" in page.locator(".drawing .about").inner_text()
    page.locator("#drawing-tokens").fill("12,5")
    page.keyboard.press("Enter")
    page.locator("#drawing-tokens-hint.bad").wait_for()
