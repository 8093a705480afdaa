"""Small helpers for the browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal, Protocol, TypedDict, Unpack

import pytest
from _pytest.mark import ParameterSet
from playwright.sync_api import FloatRect, Locator, Page, TimeoutError

from gpt2core.i18n import t

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

# Milliseconds from frame to frame, for so many seconds.
BETWEEN_FRAMES = """(seconds) => new Promise((done) => {
  const times = [];
  const frame = (now) => {
    times.push(now);
    if (now - times[0] < 1000 * seconds) requestAnimationFrame(frame);
    else done(times.slice(1).map((time, n) => time - times[n]));
  };
  requestAnimationFrame(frame);
})"""


# Whether all parts of a tab are there, by the page's own module.
WHOLE = """async (tab) => {
  const files = performance.getEntriesByType('resource').map(({ name }) => name);
  return (await import(files.find((name) => name.endsWith('/panels.js')))).isWhole(tab);
}"""


class ContextOptions(TypedDict, total=False):
    """What a test may ask of its browser's context besides the size of the window."""

    color_scheme: Literal["light", "dark"]
    permissions: list[str]
    reduced_motion: Literal["reduce", "no-preference"]
    forced_colors: Literal["active", "none"]
    has_touch: bool
    is_mobile: bool


class OpenPage(Protocol):
    """The fixture `open_page` of tests/browser/conftest.py. `at` is the address of another server."""

    def __call__(
        self,
        path: str = "",
        width: int = 1440,
        height: int = 1000,
        at: str = ...,
        **more: Unpack[ContextOptions],
    ) -> Page: ...


def wide(*values: object) -> ParameterSet:
    """A case that only repeats, at another width, in the other language or with another link, what the
    gate has tried once: `tests/run browser` tries it too."""
    return pytest.param(*values, marks=pytest.mark.wide)


def at_widths(page: Page, *widths: int) -> Iterator[int]:
    """Makes a page as wide as each of `widths`, in pixels, and waits until its charts are as wide."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(100)
        with suppress(TimeoutError):  # then the test says what
            page.wait_for_function(f"!({STICKS_OUT})().length", timeout=3000)
        yield width


def box(locator: Locator) -> FloatRect:
    """Where an element stands in the window, in pixels. Raises AssertionError where it is not shown."""
    found = locator.bounding_box()
    assert found is not None, f"{locator} is not shown"
    return found


def attribute(locator: Locator, name: str) -> str:
    """An element's attribute. Raises AssertionError where it has none of that name."""
    found = locator.get_attribute(name)
    assert found is not None, f"{locator} has no {name}"
    return found


def text_content(locator: Locator) -> str:
    """An element's text, also what CSS hides. Raises AssertionError where it can have none."""
    found = locator.text_content()
    assert found is not None, f"{locator} has no text"
    return found


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
    page.wait_for_function(WHOLE, arg=tab)  # it is shown with its examples


OPEN_TAB = ".tabs-row [aria-selected=true]"
LOCAL = "local-network-access"  # Chromium asks before a page of the world may show one of this computer
SMALL_PINNED = "12-12-768-1024-50257-1-1"
CLIPBOARD: ContextOptions = {"permissions": ["clipboard-read", "clipboard-write"]}


def shared_link(page: Page) -> str:
    """Presses Share, then Copy, and returns what was copied."""
    page.locator(".share-button").click()
    page.locator(".share .copy").click()
    page.locator(".share .copied:not(:empty)").wait_for()
    copied: str = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#share-link").input_value()
    return copied
