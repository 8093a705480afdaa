"""A pinned shape, A, beside the current one, B: button and table. compare.js brings them to life."""

from __future__ import annotations

import gradio as gr

from gpt2core.counting.parameters import COMPONENTS
from gpt2core.ui.components.html import part, render

# Row -> the text that names it; each is a quantity of charts.QUANTITIES.
_TOTALS = ("unique_total", "per_module_total", "tying_correction",
           "weight_bytes", "kv_bytes_per_token", "flops_per_token")  # fmt: skip
# What compare.js works out from the costs' sheets: bytes, and the smallest device with room for them.
FROM_SHEETS = ("training_bytes", "trains_on")
ROWS = (
    {name: f"compare.{name}" for name in _TOTALS}
    | {name: name for name in (f"component.{component}" for component in COMPONENTS)}
    | {name: f"compare.{name}" for name in FROM_SHEETS}
)


def pin(lang: str) -> gr.HTML:
    """The button that pins the current shape as A."""
    return part("pin", lang, render("pin", lang))


def table(lang: str) -> gr.HTML:
    """The section 'A and B', hidden while nothing is pinned."""
    return part("compare", lang, render("compare", lang, rows=ROWS, look=None))
