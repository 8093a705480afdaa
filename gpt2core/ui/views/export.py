"""Tab 'Take home': the shape in the sliders as files. take_home.js makes the links follow the sliders."""

from __future__ import annotations

from html import escape

import gradio as gr

from gpt2core.i18n import t
from gpt2core.ui.components import live
from gpt2core.ui.server.downloads import EXPORTS


def lay_out(lang: str) -> gr.HTML:
    lines = "".join(
        f'<li><a class="download" data-export="{name}">{escape(t(f"export.{key}", lang))}</a>'
        f"<p>{escape(t(f'export.{key}_hint', lang))}</p></li>"
        for name, key in ((name, name.partition(".")[0]) for name in EXPORTS)
    )
    return live.part(
        "takeHome", lang, f'<section class="take-home"><h2>{escape(t("export.title", lang))}</h2>'
        f'<p class="shape"></p><ul>{lines}</ul>'
        f'<p class="hint">{escape(t("export.pictures", lang))}</p></section>',
    )  # fmt: skip
