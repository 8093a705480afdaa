"""Who is turned away at the door, or loses the network, on the page."""

from __future__ import annotations

import pytest
from app_process import start_server
from browser_tools import OpenPage, enter, wide
from playwright.sync_api import Browser, Route

from gpt2core.i18n import t

pytestmark = pytest.mark.alone  # a press must come while something still runs


@pytest.mark.parametrize("proxy", [False, True])
def test_a_press_that_the_network_lost_says_so_and_can_be_repeated(
    browser: Browser, server: str, proxy: bool
) -> None:
    page = browser.new_page()
    page.goto(server + "?n_layer=1&n_head=1&n_embd=64&seed=99")
    page.wait_for_function("document.querySelector('#build')?.textContent.includes('CPU')", timeout=60_000)
    gone = "<h1>502 Bad Gateway</h1>"
    page.route("**/queue/join*", lambda r: r.fulfill(status=502, body=gone) if proxy else r.abort())
    page.locator("#build").click()
    page.locator(".build-part .refusal", has_text=t("error.lost", "en")).wait_for(timeout=10_000)
    assert "JSON" not in page.locator("body").inner_text()
    assert page.locator("#build").get_attribute("aria-disabled") == "false"
    page.close()


def test_who_is_turned_away_at_the_door_hears_why_and_can_try_again(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.goto(server + "?n_layer=1&n_head=1&n_embd=64")
    page.wait_for_function("document.querySelector('#build')?.textContent.includes('CPU')", timeout=60_000)
    full = {"error": "The house is full.", "detail": "The house is full."}
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json=full))
    page.locator("#build").click()
    page.locator(".build-part .refusal", has_text="The house is full.").wait_for(timeout=10_000)
    page.unroute("**/queue/join*")
    page.locator("#build").click()
    page.locator(".build-part .verdict.good").wait_for(timeout=30_000)
    page.close()


def test_another_request_that_is_turned_away_ends_no_run(browser: Browser, server: str) -> None:
    page = browser.new_page()
    held: list[Route] = []
    page.goto(server + "?n_layer=1&n_head=1&n_embd=64&seed=12345")
    page.wait_for_function("document.querySelector('#build')?.textContent.includes('CPU')", timeout=60_000)

    def slow_then_refusing(route: Route) -> None:
        if held:
            route.fulfill(status=429, json={"detail": "Too often."})
        else:
            held.append(route)

    page.route("**/queue/join*", slow_then_refusing)
    with page.expect_request("**/queue/join*"):
        page.locator("#build").click()
    with page.expect_response("**/queue/join*"):
        enter(page, "n_embd", 128)  # which Python would confirm
    page.wait_for_timeout(200)
    assert page.locator("#stop-build").is_visible()
    assert page.locator(".refusal").count() == 0
    held[0].continue_()
    page.locator(".build-part .verdict.good").wait_for(timeout=30_000)
    page.close()


# Gradio is busy: it opens the stream of a job this long after the press was answered.
BUSY = """() => {
  const before = window.fetch;
  window.fetch = async (...request) => {
    const isStream = String(request[0]?.url ?? request[0]).includes('/queue/data');
    if (isStream) await new Promise((done) => setTimeout(done, 1500));
    return before(...request);
  };
}"""


def test_a_press_after_another_jobs_end_is_not_called_lost(open_page: OpenPage) -> None:
    page = open_page("?n_layer=1&n_head=1&n_embd=64")
    enter(page, "n_layer", 2)
    page.locator(".confirmed", has_text="Python counts the same").wait_for()
    page.evaluate(BUSY)
    page.locator("#build").dispatch_event("click")
    page.locator(".build-part .verdict.good, .build-part .refusal").first.wait_for(timeout=30_000)
    assert page.locator(".refusal").count() == 0


@pytest.mark.parametrize("lang", [wide("en"), "vi"])
def test_a_server_that_is_gone_is_named_and_the_next_one_serves_the_page(
    browser: Browser, lang: str
) -> None:
    process, url = start_server()
    page = browser.new_page()
    path = "" if lang == "en" else lang
    page.goto(f"{url}{path}?n_layer=2&n_head=2&n_embd=64&max_new_tokens=900&tab=generate")
    page.wait_for_function("document.querySelector('#build')?.textContent.includes('CPU')", timeout=60_000)
    page.locator("#generate").click()
    page.wait_for_function("document.querySelector('.said')?.textContent", timeout=60_000)
    process.kill()
    process.wait()
    page.locator(".refusal", has_text=t("error.lost", lang)).first.wait_for(timeout=10_000)
    assert page.locator("#generate").get_attribute("aria-disabled") == "false"
    again, _ = start_server(port=int(url.rstrip("/").rpartition(":")[2]))
    try:
        page.reload()  # its address holds all
        page.locator("#generate").click()
        page.wait_for_function("document.querySelector('.said')?.textContent", timeout=60_000)
        assert page.locator(".refusal").count() == 0
    finally:
        page.close()
        again.terminate()
        again.wait(20)
