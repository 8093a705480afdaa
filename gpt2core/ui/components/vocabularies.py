"""The same sentence in the tokens of vocabularies of several sizes, English beside Vietnamese."""

from __future__ import annotations

import json
from typing import TypedDict

import gradio as gr

from gpt2core.i18n import ASSETS
from gpt2core.ui.components.html import render

# A list of Sentence, recorded by tests/examples/write_examples.py: no start has to read GPT-2's merges.
RECORDED = ASSETS / "vocabularies.json"


class Token(TypedDict):
    """`whole`: it is text by itself; else it ends inside a character, and its bytes are in hexadecimal."""

    label: str
    whole: bool


class Encoded(TypedDict):
    vocab_size: int
    tokens: list[Token]


class Sentence(TypedDict):
    lang: str
    text: str
    encoded: list[Encoded]


def table(lang: str) -> gr.HTML:
    found: list[Sentence] = json.loads(RECORDED.read_text("utf-8"))
    markup = render("vocabularies", lang, sentences=found)
    return gr.HTML(markup, apply_default_css=False, padding=False, elem_classes="live")
