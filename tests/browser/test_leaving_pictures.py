"""A picture that leaves the page says which model it is of, and the link that opens it."""

from __future__ import annotations

from browser_tools import OpenPage
from playwright.sync_api import Page


def saved(page: Page, button: str, within: str) -> str:
    with page.expect_download() as coming:
        page.locator(within).get_by_role("button", name=button).first.click()
    return coming.value.path().read_text(encoding="utf-8")


def test_a_chart_says_its_shape_and_link(open_page: OpenPage) -> None:
    page = open_page("vi?n_layer=3&tie_weights=false", width=390)
    drawn = saved(page, "SVG", "[data-chart=bar]")
    for said in ("GPT-2 có 3 khối", "n_layer=3&amp;", "tie_weights=false"):
        assert said in drawn, said
    assert "−0" not in saved(page, "SVG", "[data-chart=waterfall]"), "untied, nothing comes off"


def test_a_labs_chart_is_of_the_model_it_ran_on(open_page: OpenPage) -> None:
    page = open_page("?n_layer=2&n_head=2&n_embd=64&tab=inside")
    page.locator("#lab-trace").click()
    page.locator(".result[data-lab=trace] .plot[data-drawn]").first.wait_for(timeout=60_000)
    page.locator("#n_layer").fill("5")
    page.locator("#n_layer").press("Tab")
    drawn = saved(page, "The residual stream: save as SVG", ".result[data-lab=trace]")
    assert "GPT-2 with 2 layers" in drawn
    assert "n_layer=2&amp;" in drawn
