"""Headless Chromium on the real app. Every page is watched: a console error, a failed request or a
request to another host fails the test that caused it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Unpack

import pytest
from browser_tools import ContextOptions, OpenPage
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield chromium
        chromium.close()


class Contexts:
    """A browser's context for each way of looking: the second page in it finds the scripts compiled, as a
    visitor's second page does. (The page keeps nothing in the browser: tests/browser/test_links.py.)"""

    def __init__(self, browser: Browser) -> None:
        self._browser, self._made = browser, dict[str, BrowserContext]()

    def __call__(self, options: ContextOptions) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in self._made:
            self._made[key] = self._browser.new_context(**options)
        return self._made[key]


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    return Contexts(browser)


@pytest.fixture
def open_page(contexts: Contexts, server: str) -> Iterator[OpenPage]:
    """open_page("vi?n_layer=3", width=390, color_scheme="dark") -> a page whose charts are drawn."""
    troubles: list[str] = []
    pages: list[Page] = []

    def trouble(said: str, is_trouble: bool = True) -> None:
        if is_trouble:
            troubles.append(said)

    def open_(
        path: str = "",
        width: int = 1440,
        height: int = 1000,
        at: str = server,
        **more: Unpack[ContextOptions],
    ) -> Page:
        page = contexts(more).new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.on("console", lambda m: trouble(f"console: {m.text}", m.type == "error"))
        page.on("pageerror", lambda e: trouble(f"error: {e}"))
        # Gradio itself aborts its event stream when a job is done.
        page.on("requestfailed", lambda r: trouble(f"failed: {r.url}", "ABORTED" not in (r.failure or "")))
        page.on("request", lambda r: trouble(r.url, not r.url.startswith((at, "data:", "blob:"))))
        page.goto(at + path)
        page.wait_for_function(
            "/\\d/.test(document.querySelector('[data-number=unique_total]')?.textContent)"
        )
        page.wait_for_selector("#first-screen", state="detached")
        page.wait_for_function(
            "document.querySelector('#build').textContent.includes('CPU')", timeout=60_000
        )
        return page

    yield open_
    seen = list(troubles)  # closing a page in the middle of a request is no trouble of the page's
    for page in pages:
        page.close()
    assert seen == []
