"""Headless Chromium on the real app. Every page is watched: a console error, a failed request or a
request to another host fails the test that caused it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Unpack

import pytest
from browser_tools import ContextOptions, OpenPage
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--process-per-site",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield chromium
        chromium.close()


class Contexts:
    """A browser's context for each way of looking, with a page of the server that stays open: pages of one
    context and one server share a process, which has the scripts compiled by then, as a visitor's second
    page may have. (The page keeps nothing in the browser but for its own tab.)"""

    def __init__(self, browser: Browser, server: str) -> None:
        self._browser, self._server = browser, server
        self._made: dict[str, tuple[BrowserContext, Page]] = {}

    def __call__(self, options: ContextOptions) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in self._made:
            context = self._browser.new_context(**options)
            stays = context.new_page()
            stays.goto(self._server + "health")
            self._made[key] = context, stays
        return self._made[key][0]

    def close_pages(self) -> None:
        for context, stays in self._made.values():
            for page in context.pages:
                if page is not stays:
                    page.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser, server: str) -> Contexts:
    return Contexts(browser, server)


@pytest.fixture
def open_page(contexts: Contexts, server: str) -> Iterator[OpenPage]:
    """open_page("vi?n_layer=3", width=390, color_scheme="dark") -> a page whose charts are drawn."""
    troubles: list[str] = []

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
    contexts.close_pages()
    assert seen == []
