"""What a visitor gets in the first seconds, with nothing in the browser's cache."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playwright.sync_api import Browser

MOST_BYTES = 2_500_000

_WATCH = """() => {
  new PerformanceObserver((list) => {
    const first = list.getEntries().find((entry) => entry.name === "first-contentful-paint");
    if (first && document.getElementById("first-screen")) window.seen = first.startTime / 1000;
  }).observe({ type: "paint", buffered: true });
  window.shift = 0;
  const add = (entry) => { if (!entry.hadRecentInput) window.shift += entry.value; };
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(add));
  observer.observe({ type: "layout-shift", buffered: true });
}"""


@dataclass(frozen=True)
class Look:
    """Seconds from asking for the page until numbers and chart are seen in the picture of the first screen,
    and until they stand in the page itself; bytes transferred; the browser's cumulative layout shift."""

    seen: float
    numbers: float
    chart: float
    bytes: int
    shift: float


def first_look(browser: Browser, url: str, width: int = 1440, height: int = 1000) -> Look:
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.add_init_script(f"({_WATCH})()")
    network, sizes = context.new_cdp_session(page), []
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    begin = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("html.stands", state="attached", timeout=60_000)
    page.wait_for_function("/\\d/.test(document.querySelector('[data-number=unique_total]').textContent)")
    numbers = time.perf_counter() - begin
    page.locator("[data-chart] .plot").first.scroll_into_view_if_needed()  # a phone draws what is in sight
    page.wait_for_selector("[data-chart] .plot[data-drawn]", timeout=60_000)
    chart = time.perf_counter() - begin
    page.wait_for_timeout(1500)
    shift = page.evaluate("window.shift")
    seen = page.evaluate("window.seen ?? Infinity")
    context.close()
    return Look(float(seen), numbers, chart, int(sum(sizes)), float(shift))
