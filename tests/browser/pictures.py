"""Takes the README's picture of the running app: `.venv/bin/python tests/browser/pictures.py`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from serving import ROOT, start_server


def main() -> None:
    process, url = start_server()
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = chromium.new_page(viewport={"width": 1280, "height": 1240})
            page.goto(url)
            page.wait_for_selector("[data-chart=treemap] .plot[data-drawn]")
            page.wait_for_timeout(1500)
            page.screenshot(path=ROOT / "assets" / "pictures" / "page.png")
            chromium.close()
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
