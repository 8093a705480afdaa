"""In a frame on a page of another origin, such as a Space's, a blog's or a course's."""

from __future__ import annotations

from browser_tools import LOCAL, OPEN_TAB, box
from playwright.sync_api import Browser, expect

HOST = "https://blog.example/"
OUTER = """<body style="margin: 0"><div style="height: 300px">A blog</div>
<iframe style="width: 1000px; height: 700px" allow="local-network-access" src="{url}"></iframe>
<div style="height: 3000px"></div>"""


def test_it_moves_in_its_frame_and_never_the_page_around_it(browser: Browser, server: str) -> None:
    page = browser.new_context(viewport={"width": 1100, "height": 800}, permissions=[LOCAL]).new_page()
    body = OUTER.format(
        url=server + "vi?n_layer=2&amp;n_head=2&amp;n_embd=64&amp;step=3&amp;max_new_tokens=5"
    )
    page.route(HOST + "**", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(HOST)
    frame = page.frame_locator("iframe")
    frame.locator(OPEN_TAB, has_text="Bài học").wait_for(timeout=60_000)
    page.evaluate("scrollTo(0, 120)")
    frame.locator(".lesson article:not([hidden]) .do-it").evaluate("(button) => button.click()")
    meant = frame.locator("[data-field=n_head].meant")
    meant.wait_for()
    page.wait_for_timeout(1000)  # it scrolls
    top = box(page.locator("iframe"))["y"]
    slider = box(meant)["y"]
    assert top <= slider <= top + 700, "what is meant is in the frame's window"
    frame.locator(".tabs-row [data-tab=generate]").evaluate("(button) => button.click()")
    frame.locator("#generate").wait_for()
    frame.locator("#generate").evaluate("(button) => button.click()")
    frame.locator(".generation-part .end:not(:empty)").wait_for(timeout=60_000)
    frame.locator(".sections:visible button").last.evaluate("(button) => button.click()")
    page.wait_for_timeout(1000)
    assert page.evaluate("scrollY") == 120, "the blog stands where it stood"
    expect(frame.locator(".generation-part .said")).not_to_be_empty()
    page.context.close()
