"""Lab 'measured': the closed forms of the costs against measurements."""

from __future__ import annotations

from gpt2core.i18n import file_size, number, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import MeasuredResult
from gpt2core.ui.components import blocks


def present(found: MeasuredResult, lang: str) -> list[Block]:
    pairs = {name: found[name] for name in ("forward_flops", "training_flops", "kept_bytes")}
    agree = all(form == counted for form, counted in pairs.values())

    def write(name: str, n: int) -> str:
        return file_size(n, lang) if name == "kept_bytes" else number(n, lang)

    rows = [
        [t(f"lab.measured_{name}", lang), *(write(name, n) for n in pair)] for name, pair in pairs.items()
    ]
    return [
        blocks.table([t(f"lab.{name}", lang) for name in ("quantity", "formula", "found")], rows),
        blocks.paragraph(
            t("lab.measured_agree" if agree else "lab.measured_differ", lang),
            "verdict good" if agree else "verdict bad",
        ),
    ]
