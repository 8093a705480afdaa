"""Small helpers for the browser tests."""

from collections.abc import Callable

from playwright.sync_api import Page

from gpt2core.i18n import t

OpenPage = Callable[..., Page]  # the fixture of tests/browser/conftest.py
FINISHED = t("generate.length", "en")

# The page's own width says nothing: what sticks out of Gradio's container is cut off. Nor does what
# stands in a box that scrolls by itself.
STICKS_OUT = """() => {
  const scrolls = (node) => node && (['auto', 'scroll'].includes(getComputedStyle(node).overflowX)
    || (node.tagName !== 'HTML' && scrolls(node.parentElement)));
  return [...document.querySelectorAll('.gradio-container .live *')]
    .filter((node) => node.offsetParent && node.getBoundingClientRect().right > innerWidth + 1)
    .filter((node) => !scrolls(node.parentElement)).map((node) => node.outerHTML.slice(0, 120));
}"""


def number(page: Page, name: str = "unique_total") -> int:
    """A number on top of the page, without its separators."""
    text = page.locator(f"[data-number={name}]").inner_text()
    return int("".join(c for c in text if c.isdigit()))


def enter(page: Page, field: str, value: object) -> None:
    """Types a value into a control and leaves it."""
    page.locator(f"#{field}").fill(str(value))
    page.locator(f"#{field}").press("Tab")


def open_tab(page: Page, tab: str) -> None:
    """Opens a tab by its id, as a visitor does."""
    page.locator(f".tabs-row [data-tab={tab}]").click()
    page.wait_for_selector(f".tabs-row [data-tab={tab}][aria-selected=true]")
