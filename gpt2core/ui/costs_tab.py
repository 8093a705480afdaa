"""Tab 'Costs': memory and FLOPs as closed forms, what they fit on, and the forms against measurements."""

from __future__ import annotations

from typing import Any

from gpt2core.text import file_size, number, t
from gpt2core.ui import blocks, lab, live
from gpt2core.ui.blocks import Block
from gpt2core.ui.lab import Lab


def lay_out(lang: str) -> list[Lab]:
    for name in ("memory", "flops", "devices"):
        live.sheet(name, lang)
    return [lab.lay_out("measured", lang, measured)]


def measured(found: dict[str, Any], lang: str) -> list[Block]:
    agree = all(form == counted for form, counted in found.values())
    written = {"kept_bytes": lambda n: file_size(n, lang)}
    rows = [
        [t(f"lab.measured_{name}", lang), *(written.get(name, lambda n: number(n, lang))(n) for n in pair)]
        for name, pair in found.items()
    ]
    return [
        blocks.table([t(f"lab.{name}", lang) for name in ("quantity", "formula", "found")], rows),
        blocks.paragraph(
            t("lab.measured_agree" if agree else "lab.measured_differ", lang),
            "verdict good" if agree else "verdict bad",
        ),
    ]
