"""What stands around the views: the header, the numbers on top, and the row of tabs."""

from __future__ import annotations

import gradio as gr

from gpt2core.ui.components import share
from gpt2core.ui.components.html import part, render
from gpt2core.validation import CHOICES, TABS


def header(lang: str, other: str, href: str) -> gr.HTML:
    """Title and tools; `href` is where the page in the `other` language is."""
    return part("header", lang, render("header", lang, other=other, href=href, **share.PANEL))


def note_texts(*, tied: bool, dtype: str) -> dict[str, str]:
    """Which text stands in each note below a number; numbers.js knows the same."""
    how = "tied" if tied else "untied"
    return {
        "per_module_note": f"per_module_note_{how}",
        "tying_note": "tying_note" if tied else "tying_note_untied",
        "head_note": "head_note",
        "dtype_note": f"dtype_note_{dtype}",
    }


def numbers(lang: str) -> gr.HTML:
    """The big number on top: it follows the sliders, and Python confirms it on release."""
    return part("numbers", lang, render("numbers", lang, values={}, components=()))


def tiles(lang: str) -> gr.HTML:
    """The other figures on top. The notes of the default shape stand there from the start, so that nothing
    jumps."""
    notes = note_texts(tied=True, dtype=CHOICES["dtype"][0])
    return part("tiles", lang, render("tiles", lang, values={}, notes=notes))


def to_generate(lang: str) -> gr.HTML:
    """What is done with a shape that stands: it leads to the view 'Generate'."""
    return part("toGenerate", lang, render("to_generate", lang))


def navigation(lang: str) -> gr.HTML:
    return part("navigation", lang, render("navigation", lang, tabs=TABS, selected=None))
