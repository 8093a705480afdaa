"""What a visitor prints, as a PDF: every chart and row in light colours, shape and link on every page."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from browser_tools import OpenPage

from gpt2core.charts.base import COLORS
from gpt2core.counting.parameters import COMPONENTS, TABLE

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
    seen = {color for sheet in paper for _, color in sheet.render(scale=1).to_pil().getcolors(1 << 20)}
    assert paper[0].render().to_pil().getpixel((2, 2)) == (255, 255, 255)
    drawn = [tuple(bytes.fromhex(COLORS[name][1:])) for name in COMPONENTS]
    assert {*drawn} - {(213, 94, 0)} <= seen, "each component has its colour, but lm_head, which is tied"


def test_another_views_paper_has_nothing_of_this_one(open_page: OpenPage, tmp_path: Path) -> None:
    paper = printed(open_page, "vi?step=3", tmp_path / "lesson.pdf")
    text = " ".join(sheet.get_textpage().get_text_range() for sheet in paper)
    assert len(paper) <= 2
    assert "lm_head.weight" not in text
