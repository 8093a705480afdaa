"""What a model learns from, what is seen of that, and which weights it has. training_controls.js,
training.js and weights.js bring them to life."""

from __future__ import annotations

import gradio as gr

from gpt2core.charts.training import training_chart
from gpt2core.ui.components.html import part, render
from gpt2core.validation import MAX_TEXT_CHARACTERS, OWN_TEXT, RANDOM, SOURCES

# What is told of a run above its curve, in this order.
READINGS = (
    "validation_loss", "bits_per_byte", "perplexity", "accuracy", "tokens_seen", "tokens_per_second",
)  # fmt: skip
# What a run has learnt, as transformers reads it from a folder: /weights/<run>/<file>.
FILES = ("model.safetensors", "config.json")


def source(lang: str) -> gr.HTML:
    """One of the sources, or a text of the visitor's own."""
    markup = render("source", lang, sources=(*SOURCES, OWN_TEXT))
    return part("source", lang, markup, value=SOURCES[0])


def own_text(lang: str) -> gr.HTML:
    """Where a visitor's own text is pasted; shown while it is what is learnt from."""
    return part("ownText", lang, render("own_text", lang, most=MAX_TEXT_CHARACTERS), value="")


def weights(lang: str) -> gr.HTML:
    """Which weights the model has: as it begins, as a run of training has left them, or OpenAI's."""
    return part("weights", lang, render("weights", lang), value=RANDOM)


def run(lang: str) -> gr.HTML:
    """A run as it goes: its figures, its curve, what the model writes by now."""
    height = training_chart(lang)["figure"]["layout"]["height"]
    return part("training", lang, render("training", lang, readings=READINGS, height=height, files=FILES))


def forgotten(lang: str) -> gr.HTML:
    """What is said when a visitor's own text is gone."""
    return part("forgotten", lang, render("forgotten", lang))
