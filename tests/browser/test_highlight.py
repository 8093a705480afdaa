"""A component that is pointed at is marked wherever it is drawn."""

from __future__ import annotations

from browser_tools import OpenPage


def test_a_component_is_marked_everywhere_with_its_formula(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("[data-chart=bar] .point").nth(3).wait_for()
    page.locator(".scale i").nth(2).hover()
    tip = page.locator(".component-tip")
    assert tip.locator("b").inner_text() == "Attention"
    assert "28,348,416" in tip.inner_text()
    assert "4·L·E² + 4·L·E" in tip.inner_text()
    opacity = "(e) => Number(getComputedStyle(e).opacity)"
    page.wait_for_function("getComputedStyle(document.querySelectorAll('.scale i')[3]).opacity < 0.5")
    assert page.locator("[data-chart=bar] .point").nth(2).evaluate(opacity) == 1
    page.locator("[data-chart=bar] .point").nth(3).dispatch_event("pointerover")
    assert tip.locator("b").inner_text() == "MLP"
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    for chart, part in (("treemap", ".slice"), ("waterfall", ".point")):
        page.locator(f"[data-chart={chart}]").scroll_into_view_if_needed()
        shown = page.locator(f"[data-chart={chart}] {part}")
        page.locator(f"[data-chart={chart}] {part}[data-component=mlp]").first.wait_for()
        page.wait_for_timeout(300)  # who scrolls points at nothing
        page.locator(f"[data-chart={chart}] {part}[data-component=mlp]").first.dispatch_event("pointerover")
        assert tip.locator("b").inner_text() == "MLP"
        page.wait_for_timeout(300)
        faint = shown.evaluate_all("all => all.filter((e) => getComputedStyle(e).opacity < 0.5)"
                                   ".map((e) => e.dataset.component)")  # fmt: skip
        assert "attention" in faint, chart
        assert "mlp" not in faint, chart
        page.keyboard.press("Escape")
