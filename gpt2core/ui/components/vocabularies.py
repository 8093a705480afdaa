"""The same sentence in the tokens of vocabularies of several sizes, English beside Vietnamese."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import gradio as gr

from gpt2core.i18n import ASSETS
from gpt2core.model.tokenizer import Tokenizer
from gpt2core.ui.components.html import render

# What `sentences()` gives, so that no start has to read GPT-2's merges: tests/examples/write_examples.py.
RECORDED = ASSETS / "vocabularies.json"
_SIZES = (256, 1_000, 10_000, 50_257)
_TEXTS = {
    "en": "The children were singing unbelievably quietly.",
    "vi": "Bọn trẻ hát khẽ đến mức không ai nghe thấy.",
}


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


def sentences() -> list[Sentence]:
    return [
        {"lang": lang, "text": text,
         "encoded": [{"vocab_size": size, "tokens": _tokens(Tokenizer(size), text)} for size in _SIZES]}
        for lang, text in _TEXTS.items()
    ]  # fmt: skip


def _tokens(tokenizer: Tokenizer, text: str) -> list[Token]:
    return [_token(tokenizer, token_id) for token_id in tokenizer.encode(text)]


def _token(tokenizer: Tokenizer, token_id: int) -> Token:
    raw = tokenizer.bytes_of([token_id])
    try:
        raw.decode()
    except UnicodeDecodeError:
        label = raw.decode(errors="backslashreplace").replace("\\x", "").replace(" ", "␣")
        return {"label": label, "whole": False}
    return {"label": tokenizer.label(token_id), "whole": True}


def table(lang: str) -> gr.HTML:
    found = json.loads(Path(RECORDED).read_text("utf-8"))
    markup = render("vocabularies", lang, sentences=found)
    return gr.HTML(markup, apply_default_css=False, padding=False, elem_classes="live")
