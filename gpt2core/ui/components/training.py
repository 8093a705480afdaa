"""What a model learns from, and which weights it has. training_controls.js brings them to life."""

from __future__ import annotations

import gradio as gr

from gpt2core.serving.messages import MAX_TEXT_CHARACTERS
from gpt2core.ui.components.html import part, render
from gpt2core.validation import OWN_TEXT, RANDOM, SOURCES


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
