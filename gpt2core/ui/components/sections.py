"""The sections of a view: a row of buttons that lead to them. sections.js brings it to life."""

from __future__ import annotations

import gradio as gr

from gpt2core.ui.components.html import part, render

# View -> the ids of the elements with which its sections begin.
SECTIONS = {
    "parameters": ("chart-bar", "chart-treemap", "chart-waterfall", "table-counters", "table-tensors"),
    "generate": ("result-generation", "result-comparison", "about-logits", "about-repeats", "about-tying"),
    "inside": (
        "about-trace",
        "about-score",
        "about-gradients",
        "about-weights",
        "about-qkv",
        "about-devices",
        "table-vocabularies",
    ),
    "costs": ("table-memory", "table-flops", "table-devices", "about-measured"),
}


def menu(view: str, lang: str) -> gr.HTML:
    return part("sections", lang, render("sections", lang, names=SECTIONS[view]))
