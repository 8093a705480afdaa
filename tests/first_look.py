"""What a visitor gets in the first seconds, with nothing in the browser's cache."""

from __future__ import annotations

from dataclasses import dataclass

from browser_tools import SMALL_PINNED
from playwright.sync_api import Browser

MOST_BYTES = 2_500_000
# A slow line: 1.6 Mbit/s down, 0.75 up, in bytes a second, and milliseconds for an answer to begin.
SLOW = {"offline": False, "downloadThroughput": 200_000, "uploadThroughput": 93_750, "latency": 150}
TEACHERS = (
    f"vi?step=3&n_layer=24&n_head=16&n_embd=1024&lock=n_layer,n_embd&hide=more&pin={SMALL_PINNED}",
    "?step=2", "vi?projector=1&tab=generate", f"?pin={SMALL_PINNED}&n_layer=3",
)  # fmt: skip

WATCH = """() => {
  new PerformanceObserver((list) => {
    const first = list.getEntries().find((entry) => entry.name === "first-contentful-paint");
    if (first && document.getElementById("first-screen")) window.seen = first.startTime / 1000;
  }).observe({ type: "paint", buffered: true });
  new MutationObserver(() => {
    const stands = document.documentElement.classList.contains("stands");
    if (stands) window.stood ??= performance.now() / 1000;
    if (document.querySelector("[data-chart] .plot[data-drawn]")) window.drawn ??= performance.now() / 1000;
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["class", "data-drawn"] });
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
    page.add_init_script(f"({WATCH})()")
    network = context.new_cdp_session(page)
    sizes: list[float] = []
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(url, wait_until="commit")
    page.wait_for_selector("html.stands", state="attached", timeout=60_000)
    assert any(map(str.isdigit, page.locator("[data-number=unique_total]").inner_text()))
    page.locator("[data-chart] .plot").first.scroll_into_view_if_needed()  # a phone draws what is in sight
    page.wait_for_selector("[data-chart] .plot[data-drawn]", timeout=60_000)
    page.wait_for_timeout(1500)
    seen, stood, drawn, shift = page.evaluate("[window.seen ?? Infinity, stood, drawn, shift]")
    context.close()
    return Look(float(seen), stood, drawn, int(sum(sizes)), float(shift))


def painted(browser: Browser, url: str, width: int = 390, height: int = 844) -> float:
    """Seconds from asking for the page on a slow line until its first screen is painted."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    page.goto(url, wait_until="commit")
    page.wait_for_function("window.seen", timeout=60_000)
    seen = float(page.evaluate("window.seen"))
    context.close()
    return seen
