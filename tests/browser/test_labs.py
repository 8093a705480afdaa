"""The labs on the page, on a small model, in both languages."""

from __future__ import annotations

import math

import pytest
from browser_tools import STICKS_OUT, OpenPage, enter, number, open_tab, wide
from playwright.sync_api import Page

SMALL = "?n_layer=2&n_head=2&n_embd=64"


def try_lab(page: Page, name: str, seen: str = ".result :is(table, .plot[data-drawn], .hint)") -> str:
    page.locator(f"#lab-{name}").click()
    page.wait_for_selector(f"#lab-{name}[aria-disabled=false]", timeout=60_000)  # an example looks alike
    page.wait_for_selector(seen.replace(".result", f".result[data-lab={name}]"), timeout=60_000)
    return page.locator(f".result[data-lab={name}]").inner_text()


@pytest.mark.parametrize(("lang", "width"), [wide("", 1440), ("vi", 360)])
def test_every_lab_shows_what_it_found(open_page: OpenPage, lang: str, width: int) -> None:
    """And nothing of it sticks out sideways."""
    page = open_page(lang + SMALL, width=width)
    open_tab(page, "inside")
    for name in ("trace", "gradients", "weights"):
        said = try_lab(page, name)
        assert "NaN" not in said
        assert "{" not in said.replace("{i}", "")
    assert "transformer.h.{i}.attn.c_attn.weight" in said
    assert page.evaluate(STICKS_OUT) == []
    assert "256" in try_lab(page, "qkv")
    assert "Expected all tensors to be on the same device" in try_lab(page, "devices")
    assert page.evaluate(STICKS_OUT) == []
    open_tab(page, "generate")
    try_lab(page, "logits", ".temperature .plot[data-drawn]")
    assert "%" in try_lab(page, "repeats", ".result .hint")
    assert "0x" in try_lab(page, "tying")
    assert page.evaluate(STICKS_OUT) == []


def test_the_temperature_lab_follows_its_slider_without_a_request(open_page: OpenPage) -> None:
    page = open_page(SMALL + "&temperature=0.11&tab=generate")
    try_lab(page, "logits", ".temperature .plot[data-drawn]")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    slider = page.locator(".temperature input")
    says = page.locator(".temperature .says")
    hot = says.inner_text()
    slider.focus()
    for _ in range(4):
        slider.press("ArrowLeft")
    page.wait_for_function("document.querySelector('.temperature output').textContent === '0.1'")
    assert says.inner_text() != hot
    slider.press("Home")
    page.wait_for_function("document.querySelector('.temperature output').textContent === '0'")
    assert page.locator(".likeliest li span").first.inner_text() == "100%"
    slider.press("End")
    page.wait_for_function("document.querySelector('.temperature output').textContent === '10'")
    assert f"{math.log(50257):.2f}"[:4] in says.inner_text()
    assert requests == []


def test_a_lab_says_when_the_model_is_another_one(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    page.get_by_role("tab", name="Inside", exact=True).click()
    try_lab(page, "qkv")
    outdated = page.locator(".result[data-lab=qkv] .outdated")
    assert not outdated.inner_text()
    enter(page, "n_layer", 3)
    page.wait_for_function("document.querySelector('[data-lab=qkv] .outdated').textContent !== ''")
    assert number(page)


def test_a_links_prompt_goes_through_though_its_tab_was_never_opened(open_page: OpenPage) -> None:
    page = open_page(SMALL + "&tab=inside&prompt=one two three")
    assert "␣two ␣three" in try_lab(page, "trace")


def test_a_head_is_chosen_and_a_lab_stopped(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    page.get_by_role("tab", name="Inside", exact=True).click()
    try_lab(page, "trace")
    page.locator("[data-lab=trace] select").select_option(label="Head 2")
    page.wait_for_function("document.querySelector('[data-lab=trace]').textContent.includes('head 2')")
    enter(page, "n_layer", 40)
    enter(page, "n_embd", 768)
    page.locator("#lab-weights").click()
    page.locator("#stop-lab-weights").click()
    page.wait_for_function("document.querySelector('[data-lab=weights]').textContent.includes('Stopped')")
