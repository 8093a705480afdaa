"""Tab 'Take home': the shape in the sliders as files. take_home.js makes the links follow the sliders."""

from __future__ import annotations

import gradio as gr

from gpt2core.ui.components.html import part, render
from gpt2core.ui.server.downloads import EXPORTS


def lay_out(lang: str) -> gr.HTML:
    files = {name: name.partition(".")[0] for name in EXPORTS}
    return part("takeHome", lang, render("take_home", lang, files=files))
