"""What a visitor prints, as a PDF: every chart and row in light colours, shape and link on every page."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from browser_tools import OpenPage
from PIL.Image import Image

from gpt2core.charts.base import COLORS
from gpt2core.counting.parameters import TABLE

ALL_DRAWN = """() => [...document.querySelectorAll('.chart .plot')]
  .every((plot) => plot.dataset.drawn || !plot.checkVisibility())"""


def printed(open_page: OpenPage, path: str, to: Path) -> pypdfium2.PdfDocument:
    page = open_page(path, width=1366, height=768)
    page.wait_for_function("!document.querySelector('[data-awaits]')")
    page.wait_for_function(ALL_DRAWN, timeout=60_000)
    page.pdf(path=to, format="A4")
    return pypdfium2.PdfDocument(to)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_of_a_view_is_on_paper(open_page: OpenPage, tmp_path: Path, theme: str) -> None:
    paper = printed(open_page, f"?n_layer=3&__theme={theme}", tmp_path / "parameters.pdf")
    pages = [sheet.get_textpage().get_text_range() for sheet in paper]
    assert all("n_layer=3" in text and "3 layers" in text for text in pages)
    text = " ".join(pages)
    for said in (
        "38,597,376 63.64%", "h.{i}.mlp.c_fc.weight", "mlp.c_fc.weight × 3", "true total", "lm_head.weight",
        "Raschka", "60,648,960 100%",
    ):  # fmt: skip
        assert said in " ".join(text.split()), said
    assert all(row.name.removeprefix("transformer.") in text for row in TABLE)
    first = paper[0].render(scale=1).to_pil()
    assert first.getpixel((2, 2)) == (255, 255, 255)
    fold = first.height // 5
    top, below = first.crop((0, 0, first.width, fold)), first.crop((0, fold, first.width, first.height))
    for component in ("token_embedding", "attention", "mlp"):
        rgb = tuple(bytes.fromhex(COLORS[component][1:]))
        assert share_of(top, rgb) > 0, "the strip has its colours, though backgrounds are not printed"
        assert share_of(below, rgb) > 0, "and so has the chart"
    assert 0.005 < share_of(first, (24, 32, 46), near=40) < 0.06, "words are dark, and nothing behind them"


def share_of(picture: Image, rgb: tuple[int, ...], near: int = 0) -> float:
    """How much of a picture has a colour, or one that is as near in each channel."""
    counts = picture.convert("RGB").getcolors(1 << 20) or []
    same = [
        n
        for n, color in counts
        if isinstance(color, tuple) and all(abs(a - b) <= near for a, b in zip(color, rgb, strict=True))
    ]
    return sum(same) / (picture.width * picture.height)


def test_another_views_paper_has_nothing_of_this_one(open_page: OpenPage, tmp_path: Path) -> None:
    paper = printed(open_page, "vi?step=3", tmp_path / "lesson.pdf")
    text = " ".join(sheet.get_textpage().get_text_range() for sheet in paper)
    assert len(paper) <= 2
    assert "lm_head.weight" not in text
