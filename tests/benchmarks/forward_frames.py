"""How smoothly a forward pass is played while nobody computes: frames a second of a browser beside the
server, on this machine. `.venv/bin/python tests/benchmarks/forward_frames.py`."""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

from app_process import start_server
from browser_tools import BETWEEN_FRAMES

SHAPES = {
    "gpt-mini": "n_layer=6&n_head=6&n_embd=192",
    "gpt2": "",
    "as deep as gpt2-xl": "n_layer=48&n_head=25&n_embd=400",
}
WIDTHS = (390, 1440)
SECONDS = 8


def between_frames(chromium: Browser, url: str, width: int) -> list[float]:
    """Milliseconds from frame to frame, while a forward pass is played from its beginning."""
    page = chromium.new_page(viewport={"width": width, "height": 1000})
    page.goto(url + "&tab=drawing")
    page.wait_for_selector("html.stands", state="attached")
    page.locator("#lab-forward").click(timeout=60_000)
    page.locator(".played:not([hidden])").wait_for(timeout=120_000)
    time.sleep(2)  # until the engine rests
    page.locator(".player input").focus()
    page.keyboard.press("Home")
    page.locator(".player .play").click()
    found: list[float] = page.evaluate(BETWEEN_FRAMES, SECONDS)
    page.close()
    return found


def main() -> None:
    process, url = start_server()
    time.sleep(8)  # until the computing is warm
    print("| forward pass, played | width | frames/s | 1% of frames are later than |\n|---|---|---|---|")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, shape in SHAPES.items():
            for width in WIDTHS:
                times = between_frames(chromium, f"{url}?{shape}", width)
                rate, late = 1000 / statistics.mean(times), statistics.quantiles(times, n=100)[-1]
                print(f"| {name} | {width} | {rate:.0f} | {late:.0f} ms |")
        chromium.close()
    process.terminate()
    process.wait(20)


if __name__ == "__main__":
    main()
