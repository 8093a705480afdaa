"""Who comes before the engine is there sees that it is starting, and is served as soon as it is."""

from __future__ import annotations

import time
from pathlib import Path

from app_process import start_server
from playwright.sync_api import Browser

from gpt2core.i18n import t

# The engine's process connects, and goes on when a file is there, as if it loaded torch from a slow disk.
SERVER = """
import app
from gpt2core.ui.dispatch import ENGINE
ENGINE.supervisor.command[1:] = ["-c", '''
import os, time
from gpt2core.serving import worker
init = worker.Worker.__init__
def when_it_may(self, connection):
    while not os.path.exists(os.environ["MAY_LOAD"]):
        time.sleep(0.1)
    init(self, connection)
worker.Worker.__init__ = when_it_may
worker.main()
''']
app.launch()
"""


FRAMES = """(() => {
  const ask = window.requestAnimationFrame.bind(window);
  window.framesAsked = 0;
  window.requestAnimationFrame = (callback) => {
    window.framesAsked += 1;
    return ask(callback);
  };
})()"""


def test_a_page_that_is_only_looked_at_leaves_the_browser_idle(browser: Browser, server: str) -> None:
    """Gradio's loader would have it draw for ever; its springs come to rest after some seconds."""
    page = browser.new_page()
    page.add_init_script(FRAMES)
    page.goto(server)
    page.wait_for_function("document.querySelector('#build')?.textContent.includes('CPU')", timeout=60_000)
    page.locator("[data-chart=bar] .plot[data-drawn]").wait_for()
    until, asked, before = time.monotonic() + 15, 0, -1
    while asked != before and time.monotonic() < until:
        page.wait_for_timeout(500)
        before, asked = asked, page.evaluate("framesAsked")
    assert 0 < asked == before
    page.close()


def test_a_press_before_the_engine_is_there_is_told_so_and_then_served(
    browser: Browser, tmp_path: Path
) -> None:
    may_load = tmp_path / "may-load"
    process, url = start_server("-c", SERVER, MAY_LOAD=str(may_load))
    page = browser.new_page()
    try:
        page.goto(f"{url}vi?n_layer=1&n_head=1&n_embd=64")
        page.wait_for_selector("#first-screen", state="detached")
        button = page.locator("#build", has_text=t("build.button_loading", "vi"))
        button.wait_for(timeout=30_000)
        button.click()
        page.locator(".build-part .notice", has_text=t("build.loading", "vi")).wait_for(timeout=10_000)
        may_load.touch()
        page.locator(".build-part .verdict.good").wait_for(timeout=60_000)
        assert page.locator(".notice:visible").count() == 0
        page.locator("#build", has_text="CPU").wait_for(timeout=10_000)
    finally:
        page.close()
        process.terminate()
        process.wait(20)
