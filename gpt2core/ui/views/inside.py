"""View 'Inside': labs on a real forward pass, gradients, weights, one matrix or three, one device; and how
text becomes tokens."""

from __future__ import annotations

import gradio as gr

from gpt2core.ui.components import controls, lab, sections, vocabularies
from gpt2core.ui.components.lab import Lab
from gpt2core.ui.labs import score
from gpt2core.ui.labs.request import handler

_MORE = ("gradients", "weights", "qkv", "devices")  # labs that need no block


def lay_out(lang: str) -> tuple[gr.HTML, list[Lab]]:
    """The control for which block to look into, and the labs."""
    sections.menu("inside", lang)
    lab.title("trace", lang)
    layer = controls.control("layer", lang)
    labs = [lab.frame("trace", lang, handler("trace")), lab.lay_out("score", lang, score.run)]
    labs += [lab.lay_out(name, lang, handler(name)) for name in _MORE]
    vocabularies.table(lang)
    return layer, labs
