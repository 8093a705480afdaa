"""Texts that axe-core does not judge: those of charts and drawing, and of what is switched off."""

from __future__ import annotations

import pytest
from browser_tools import OpenPage, open_tab, wide
from playwright.sync_api import Page

# WCAG 2.2, 1.4.3: at least 4.5 to 1, by the relative luminance of both colours.
LEAST = 4.5
CONTRASTS = """(selector) => {
  const channels = (color) => {
    const found = color.match(/[\\d.]+/g).map(Number);
    return color.startsWith('color(') ? found.slice(0, 3) : found.slice(0, 3).map((c) => c / 255);
  };
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const luminance = (color) => channels(color).map(linear)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const opaque = (color) => color && color !== 'none' && !/^rgba.* 0\\)$/.test(color);
  const within = (box, x, y) => x > box.left && x < box.right && y > box.top && y < box.bottom;
  // What lies under a text's middle: the last shape of its own part or tile, else the nearest background.
  const ground = (text) => {
    const box = text.getBoundingClientRect();
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const part = text.closest('.part, .slice');
    const under = [...(part?.querySelectorAll('.shape, .surface') ?? [])]
      .filter((shape) => opaque(getComputedStyle(shape).fill) && getComputedStyle(shape).fillOpacity > 0)
      .filter((shape) => within(shape.getBoundingClientRect(), x, y)).pop();
    if (under) return getComputedStyle(under).fill;
    let node = text.closest('svg') ?? text;
    while (node && !opaque(getComputedStyle(node).backgroundColor)) node = node.parentElement;
    return getComputedStyle(node).backgroundColor;
  };
  return [...document.querySelectorAll(selector)]
    .filter((node) => node.checkVisibility() && (node.value || node.textContent).trim())
    .map((node) => {
      const { fill, color } = getComputedStyle(node);
      const ratio = contrast(node.closest('svg') ? fill : color, ground(node));
      return [(node.value || node.textContent).slice(0, 30), ratio];
    });
}"""


def weak(page: Page, selector: str, at_least: int) -> list[str]:
    found = page.evaluate(CONTRASTS, selector)
    assert len(found) >= at_least
    return [f"{text}: {ratio:.2f}" for text, ratio in found if ratio < LEAST]


@pytest.mark.parametrize("more", ["", wide("&projector=1")])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_drawing_and_what_is_switched_off_can_be_read(
    open_page: OpenPage, theme: str, more: str
) -> None:
    page = open_page(f"?__theme={theme}&lock=n_head{more}", height=3000)
    for chart in ("bar", "treemap", "waterfall"):
        page.locator(f"[data-chart={chart}] .plot[data-drawn]").wait_for()
    assert weak(page, ".chart .plot text", 20) == []
    assert weak(page, ".presets button:disabled, .control :disabled, .fixed", 4) == []
    open_tab(page, "drawing")
    page.locator(".drawing svg").wait_for()
    assert weak(page, ".drawing svg text", 30) == []
    page.evaluate("document.querySelector('#build').setAttribute('aria-disabled', 'true')")
    page.wait_for_timeout(600)  # until its colours have arrived
    assert weak(page, "#build", 1) == []
    assert float(page.locator("#build").evaluate("node => getComputedStyle(node).opacity")) == 1
