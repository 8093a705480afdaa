"""The left column: the model's shape, and what happens when it changes."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gpt2core.counting.parameters import count_parameters
from gpt2core.errors import ConfigError
from gpt2core.ui.components import compare, controls
from gpt2core.ui.error_messages import sentence
from gpt2core.validation import MODEL_FIELDS, SIZE_FIELDS, parse_choice, parse_config, parse_int


def lay_out(lang: str) -> dict[str, gr.HTML]:
    """Presets, the pin, sliders and 'more'; returns the controls by field, but for the weights."""
    controls.presets(lang)
    compare.pin(lang)
    found = {field: controls.control(field, lang) for field in SIZE_FIELDS}
    controls.more(lang)
    with gr.Column(elem_classes="more"):
        for field in ("block_size", "vocab_size"):
            found[field] = controls.control(field, lang)
        for field in ("bias", "tie_weights"):
            found[field] = controls.switch(field, lang)
        found["seed"] = controls.control("seed", lang)
        found["dtype"] = controls.choice("dtype", lang)
    return found


def confirm(lang: str, *values: object) -> dict[str, Any]:
    """Counts in Python what the browser has counted by itself; the page compares the two.

    `asked` is what was counted, so that the page can tell an answer that comes too late.
    """
    named = dict(zip(MODEL_FIELDS, values, strict=True))
    try:
        parse_int("seed", named["seed"])
        parse_choice("dtype", named["dtype"])
        total = count_parameters(parse_config(named)).unique_total
        return {"asked": named, "unique_total": total}
    except ConfigError as error:
        return {"asked": named, "error": sentence(error, lang)}
