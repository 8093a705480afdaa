"""Where what was computed or counted is shown, and the button that ends the computing."""

from __future__ import annotations

import gradio as gr

from gpt2core.i18n import t
from gpt2core.ui.components.html import part, render


def stop(name: str, lang: str) -> gr.Button:
    """The button that ends what `name` has started; runs.js shows it meanwhile."""
    return gr.Button(t("build.stop", lang), variant="stop", elem_id=f"stop-{name}", elem_classes="stop")


def result(kind: str, lang: str, empty: str, name: str = "") -> gr.HTML:
    """Where what the server computed is shown: `build`, `generation`, `comparison`, `beforeAfter`, or a
    `lab` by name. `empty` is what stands there before."""
    return part(kind, lang, render("result", lang, id=f"result-{name or kind}", lab=name, empty=empty))


def sheet(name: str, lang: str) -> gr.HTML:
    """A table that follows the sliders; gpt2core/counting/tables.py has its rows."""
    return part("sheet", lang, render("sheet", lang, name=name))
