"""View 'Drawing': the model as a drawing, with the shape of what flows on every arrow, and a forward pass
of that model, played."""

from __future__ import annotations

import gradio as gr

from gpt2core.ui.components import lab
from gpt2core.ui.components.html import part, render
from gpt2core.ui.components.lab import GENERATING_FIELDS, Lab
from gpt2core.ui.labs.request import handler
from gpt2core.validation import LIMITS

_MOST_SEQUENCES = 4096  # for the B of the drawing, which is only ever multiplied


def lay_out(lang: str) -> Lab:
    """The lab that is played."""
    lab.title("forward", lang)
    run = handler("forward", fields=GENERATING_FIELDS)
    played = lab.frame("forward", lang, run, GENERATING_FIELDS, _player)
    most_tokens = int(LIMITS["block_size"].maximum)
    markup = render("drawing", lang, most_sequences=_MOST_SEQUENCES, most_tokens=most_tokens)
    part("drawing", lang, markup)
    return played


def _player(name: str, lang: str) -> gr.HTML:
    return part("forward", lang, render("forward", lang, lab=name))
