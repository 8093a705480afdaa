"""Charts on the page: their frames. charts.js and temperature.js draw into them."""

from __future__ import annotations

import gradio as gr

from gpt2core.charts.parameters import CHARTS
from gpt2core.serving.messages.figures import ChartKind
from gpt2core.ui.components.html import part, render
from gpt2core.ui.page_data import SLIDERS


def chart(kind: ChartKind, lang: str) -> gr.HTML:
    """A figure, what it says in words, and its numbers as a table."""
    height = CHARTS[kind](lang)["figure"]["layout"]["height"]
    return part("chart", lang, render("chart", lang, kind=kind, height=height))


def temperature(lang: str) -> gr.HTML:
    """The next token's distribution at the temperature that a slider of its own says, in the browser."""
    return part("temperature", lang, render("temperature", lang, slider=SLIDERS["temperature"]))
