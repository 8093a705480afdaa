"""Runs on the page: they start, stop and wait, and who is refused one hears why."""

from __future__ import annotations

import json
import urllib.request

import psutil
import pytest
from app_process import start_server
from browser_tools import FINISHED, OpenPage, enter, open_tab
from playwright.sync_api import Browser, Route

from gpt2core.i18n import t

pytestmark = pytest.mark.alone  # a press must come while something still runs


def steps_decoded(server: str) -> int:
    with urllib.request.urlopen(server + "health") as answer:
        return int(json.load(answer)["steps_decoded"])


def test_stop_ends_the_computing(open_page: OpenPage, server: str) -> None:
    page = open_page("?n_layer=6&n_head=6&n_embd=384")
    open_tab(page, "generate")
    enter(page, "max_new_tokens", 1000)
    page.locator("#generate").click()
    page.wait_for_function("document.querySelector('.said')?.textContent", timeout=60_000)
    page.locator("#stop-generate").click()
    page.locator("#generate[aria-disabled=false]").wait_for(timeout=30_000)
    # Gradio lets go of a job a few steps before the process that computes has heard of it.
    stood, before = steps_decoded(server), None
    for _ in range(5):
        if stood == before:
            break
        page.wait_for_timeout(800)
        stood, before = steps_decoded(server), stood
    assert stood == before
    assert "Stopped after" in page.locator(".result .end").inner_text()
    enter(page, "max_new_tokens", 3)
    page.locator("#generate").click()
    page.locator(".result .end", has_text=FINISHED).wait_for(timeout=60_000)


def test_stop_then_build_at_once(open_page: OpenPage) -> None:
    page = open_page("?n_layer=36&n_head=20&n_embd=1280")

    # a slow network: Stop comes before Gradio knows what it would have to cancel
    def slowly(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/queue/join*", slowly)
    page.locator("#build").click()
    page.locator("#stop-build").click()
    page.locator("#build").click(force=True)  # too early: not heard, nor does it look as if it were
    page.locator("#build[aria-disabled=false]").wait_for(timeout=30_000)
    assert page.locator(".build-part .empty", has_text="Stopped").is_visible()
    said = page.locator(".block.build-part").inner_text()
    assert said.strip() == "Stopped.", "Gradio's own 'Error', which nobody sees, is read out"
    page.locator("[data-preset=gpt-nano]").click()
    page.locator("#build").click()
    page.locator(".verdict.good", has_text="2,546,400").wait_for(timeout=60_000)


def test_a_stop_is_sent_once_the_press_is_answered_and_not_before(browser: Browser, server: str) -> None:
    page = browser.new_page()
    joins: list[Route] = []
    cancels: list[Route] = []
    page.goto(server + "?n_layer=36&n_head=20&n_embd=1280&seed=4711")
    page.wait_for_function("document.querySelector('#build')?.textContent.includes('CPU')", timeout=60_000)
    page.route("**/queue/join*", lambda route: joins.append(route))
    page.route("**/gradio_api/cancel", lambda route: cancels.append(route))
    build = page.locator("#build")
    build.click()
    page.locator("#stop-build").click()
    assert page.locator("#stop-build").is_hidden()
    page.wait_for_timeout(3500)  # nothing goes by a clock: three seconds were once taken for the answer
    assert (len(joins), cancels) == (1, [])
    with page.expect_response("**/queue/join*") as answer:
        joins[0].continue_()
    event_id = answer.value.json()["event_id"]
    while not cancels:
        page.wait_for_timeout(20)
    assert (cancels[0].request.post_data_json or {})["event_id"] == event_id
    page.wait_for_timeout(1500)  # the server has not let go of it yet
    assert build.get_attribute("aria-disabled") == "true"
    cancels[0].continue_()
    page.locator("#build[aria-disabled=false]").wait_for(timeout=30_000)
    assert len(cancels) == 1
    page.unroute("**/queue/join*")
    page.locator("[data-preset=gpt-nano]").click()
    build.click()
    page.locator(".verdict.good", has_text="2,546,400").wait_for(timeout=60_000)
    page.close()


def test_stop_and_start_again_and_again(open_page: OpenPage) -> None:
    """Nobody waits in vain for a run that began when the last one's event stream was about to close."""
    page = open_page("?n_layer=24&n_head=6&n_embd=384")  # its text takes longer than a click waits
    open_tab(page, "generate")
    enter(page, "max_new_tokens", 1000)
    for _ in range(6):
        page.locator("#generate[aria-disabled=false], #generate:not([aria-disabled])").click(timeout=30_000)
        page.wait_for_function("document.querySelector('.said')?.textContent", timeout=30_000)
        page.locator("#stop-generate").dispatch_event("click")
        page.evaluate("document.querySelector('.said').textContent = ''")


def test_a_second_visitor_sees_that_they_wait(open_page: OpenPage, computing: psutil.Process) -> None:
    first, second = (
        open_page("?n_layer=48&n_head=25&n_embd=1600&seed=77"),  # that nobody has built before
        open_page("?n_layer=1&n_head=1&n_embd=64"),
    )
    # click() waits for the page to stand still, and the first model could be built by then.
    first.locator("#build").dispatch_event("click")
    first.locator(".build-part progress[value]").wait_for(timeout=10_000)
    computing.suspend()  # so that it takes as long as the second visitor needs to look
    second.locator("#build").dispatch_event("click")
    second.locator(".build-part progress").wait_for(timeout=10_000)
    second.locator("#stop-build").wait_for(timeout=10_000)  # it comes with the tab
    first.locator("#stop-build").click()
    computing.resume()
    second.locator(".verdict.good").wait_for(timeout=60_000)


def test_a_restart_of_the_engine_is_a_pause_and_a_calm_line(
    open_page: OpenPage, computing: psutil.Process
) -> None:
    page = open_page("?n_layer=8&n_head=6&n_embd=384")
    open_tab(page, "generate")
    enter(page, "max_new_tokens", 900)
    page.locator("#generate").click()
    page.wait_for_function("document.querySelector('.said')?.textContent.length > 100", timeout=60_000)
    shown = page.locator(".said").inner_text()
    computing.kill()
    page.locator(".notice", has_text=t("build.restarted", "en")).wait_for(timeout=10_000)
    assert page.locator(".said").inner_text().startswith(shown), "what was shown stays"
    assert page.locator(".refusal:visible").count() == 0
    page.wait_for_function("n => document.querySelector('.said').textContent.length > n + 100",
                           arg=len(shown), timeout=60_000)  # fmt: skip
    assert page.locator(".notice:visible").count() == 0
    assert page.locator(".said").inner_text().startswith(shown)
    page.locator("#stop-generate").dispatch_event("click")


TAMPERED = """
import torch
import gpt2core.model as m
from gpt2core.serving.worker import main
real = m.GPT.__init__
def init(self, config):
    real(self, config)
    self.extra = torch.nn.Parameter(torch.zeros(3))
m.GPT.__init__ = init
main()
"""
SERVER = f"""
import app
from gpt2core.ui.dispatch import ENGINE
ENGINE.supervisor.command[1:] = ["-c", {TAMPERED!r}]
app.launch()
"""


def test_a_model_with_a_parameter_too_many_is_said_not_to_agree(open_page: OpenPage) -> None:
    process, url = start_server("-c", SERVER)
    try:
        page = open_page("?n_layer=1&n_head=1&n_embd=64", at=url)
        page.locator("#build").click()
        page.locator(".verdict.bad", has_text="do NOT agree").wait_for(timeout=60_000)
        from gradio_client import Client

        answer = Client(url, verbose=False).predict(n_layer=1, n_head=1, n_embd=64, api_name="/build")
        assert answer["agrees"] is False
    finally:
        process.terminate()
        process.wait(20)
