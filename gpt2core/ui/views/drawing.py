"""View 'Drawing': the model as a drawing, with the shape of what flows on every arrow."""

from __future__ import annotations

from gpt2core.ui.components.html import part, render
from gpt2core.validation import LIMITS

_MOST_SEQUENCES = 4096  # for the B of the drawing, which is only ever multiplied


def lay_out(lang: str) -> None:
    most_tokens = int(LIMITS["block_size"].maximum)
    markup = render("drawing", lang, most_sequences=_MOST_SEQUENCES, most_tokens=most_tokens)
    part("drawing", lang, markup)
