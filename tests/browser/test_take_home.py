"""What is taken home by pressing a link: the files of a shape, and charts as pictures."""

from __future__ import annotations

import io
import json

from browser_tools import OpenPage
from PIL import Image
from playwright.sync_api import Page

from gpt2core import GPTConfig, count_parameters
from gpt2core.export import config_json, script, tensors_csv


def test_the_files_follow_the_sliders(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("[data-preset=gpt-nano]").click()
    page.locator(".share-button").click()
    config = GPTConfig(3, 3, 48)
    page.locator(".shape", has_text=f"{count_parameters(config).unique_total:,}").wait_for()
    for name, make in {"script.py": script, "tensors.csv": tensors_csv, "config.json": config_json}.items():
        with page.expect_download() as coming:
            page.locator(f"[data-export='{name}']").click()
        assert coming.value.suggested_filename == "gpt2-3x3x48." + name.split(".")[1]
        assert coming.value.path().read_text(encoding="utf-8") == make(config)
    page.locator(".share .close").click()
    page.locator(".more-part button").click()
    page.locator("#bias").uncheck()
    page.locator(".share-button").click()
    with page.expect_download() as coming:
        page.locator("[data-export='config.json']").click()
    assert json.loads(coming.value.path().read_text())["bias"] is False


def test_charts_as_pictures(open_page: OpenPage) -> None:
    page = open_page("?n_layer=3&n_head=3&n_embd=48&__theme=dark")
    for kind in ("bar", "treemap", "waterfall"):
        a_chart_as_pictures(page, kind)


def a_chart_as_pictures(page: Page, kind: str) -> None:
    figure = page.locator(f"[data-chart={kind}]")
    with page.expect_download() as coming:
        figure.get_by_role("button", name="SVG").click()
    assert coming.value.suggested_filename == f"gpt2-3x3x48-{kind}.svg"
    drawn = coming.value.path().read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert figure.locator("h2").inner_text() in drawn
    with page.expect_download() as coming:
        figure.get_by_role("button", name="PNG").click()
    assert coming.value.suggested_filename == f"gpt2-3x3x48-{kind}.png"
    picture = Image.open(io.BytesIO(coming.value.path().read_bytes())).convert("RGB")
    assert picture.width > 1000
    assert picture.getpixel((3, 3)) == (255, 255, 255), "on white, in the dark too"
    assert len(set(picture.resize((200, 100)).quantize().getcolors() or [])) > 10


def test_a_labs_chart_as_a_picture(open_page: OpenPage) -> None:
    page = open_page("?n_layer=2&n_head=2&n_embd=64&tab=inside")
    page.locator("#lab-trace").click()
    lab = page.locator(".result[data-lab=trace]")
    lab.locator(".plot[data-drawn]").first.wait_for(timeout=60_000)
    with page.expect_download() as coming:
        lab.get_by_role("button", name="The residual stream: save as SVG").click()
    assert coming.value.suggested_filename == "gpt2-2x2x64-trace.svg"
    assert "The residual stream" in coming.value.path().read_text(encoding="utf-8")
