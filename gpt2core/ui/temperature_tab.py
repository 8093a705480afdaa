"""Tab 'Temperature': the next token's distribution over all temperatures, and what tying does at none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from gpt2core.config import ConfigError, parse_bool
from gpt2core.requests import GenerateRequest, NextRequest
from gpt2core.text import number, t
from gpt2core.ui import blocks, lab, live
from gpt2core.ui.blocks import Block
from gpt2core.ui.errors import sentence
from gpt2core.ui.lab import LAB_FIELDS, Lab
from gpt2core.ui.where import told

_TOKENS = 60  # that a repetition is measured on


def lay_out(lang: str) -> list[Lab]:
    follows = lab.lay_out("logits", lang, lambda found, _: [{"block": "next", "data": found}], NextRequest)
    live.temperature(lang)
    lab.title("repeats", lang)
    return [follows, lab.frame("repeats", lang, repeats)]


def repeats(lang: str, caller: gr.Request, *values: object) -> Iterator[dict[str, Any]]:
    """The greedy continuation of the tied model, then of the untied one, and how much of each repeats."""
    asked = dict(zip(LAB_FIELDS, values, strict=True))
    del asked["layer"]
    try:
        parse_bool("tie_weights", asked["tie_weights"])  # which both models set for themselves
    except ConfigError as error:
        yield {"error": sentence(error, lang)}
        return
    asked |= {"temperature": 0, "max_new_tokens": _TOKENS}
    shown: list[Block] = []
    for tied in (True, False):
        last: dict[str, Any] = {}
        for event in told(GenerateRequest, lang, asked | {"tie_weights": tied}, caller):
            if "error" in event:
                yield event
                return
            last = event
            if event["stage"] != "generate":
                yield event | {"blocks": shown}
        shown = [*shown, *_told(last, lang, "tied" if tied else "untied")]
    yield {
        "stage": "lab",
        "done": True,
        "blocks": [*shown, blocks.paragraph(t("lab.repeats_note", lang), "hint")],
    }


def _told(event: dict[str, Any], lang: str, name: str) -> list[Block]:
    tokens = event["tokens"]
    return [
        blocks.heading(t(f"lab.{name}", lang)),
        blocks.code(event["text"]),
        blocks.paragraph(t("lab.repeats_says", lang, share=f"{number(100 * event['repeat_share'], lang)}%",
                           different=len(set(tokens)), tokens=len(tokens))),
    ]  # fmt: skip
