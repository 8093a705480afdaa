"""Takes the README's pictures of the running app: `.venv/bin/python tests/browser/pictures.py`."""

import shutil
import sys
from pathlib import Path
from typing import Literal, TypedDict

from playwright.sync_api import Browser, ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from app_process import ROOT, start_server


class Context(TypedDict, total=False):
    """What the browser's context is for a picture."""

    viewport: ViewportSize
    color_scheme: Literal["dark"]
    device_scale_factor: float


PICTURES: dict[str, tuple[str, Context]] = {  # name -> (path, context)
    "page": ("", {"viewport": {"width": 1280, "height": 1240}}),
    "dark": ("?tab=drawing", {"viewport": {"width": 1280, "height": 1100}, "color_scheme": "dark"}),
    "vietnamese": ("vi?n_layer=24&n_head=16&n_embd=1024", {"viewport": {"width": 1280, "height": 1100}}),
    "phone": ("", {"viewport": {"width": 390, "height": 1100}, "device_scale_factor": 2}),
}


def take(chromium: Browser, url: str, name: str) -> None:
    path, context = PICTURES[name]
    page = chromium.new_page(**context)
    page.goto(url + path)
    page.wait_for_selector("html.stands", state="attached")
    page.wait_for_function("/CPU|GPU|CUDA/.test(document.querySelector('#build').textContent)")
    page.wait_for_timeout(6000)  # until all charts in sight are drawn
    page.screenshot(path=ROOT / "assets" / "pictures" / f"{name}.png")
    page.close()


def main() -> None:
    process, url = start_server()
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for name in PICTURES:
                take(chromium, url, name)
            chromium.close()
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
