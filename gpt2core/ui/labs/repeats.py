"""Lab 'repeats': what weight tying does to greedy text: two texts, so two requests."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from gpt2core.errors import ConfigError
from gpt2core.i18n import percent, t
from gpt2core.serving.messages import GenerateEvent, GenerateRequest
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.page_events import PageEvent, refusal
from gpt2core.ui.components import blocks
from gpt2core.ui.components.lab import LAB_FIELDS
from gpt2core.ui.error_messages import sentence
from gpt2core.ui.labs.in_turn import asked_next
from gpt2core.validation import RANDOM, parse_bool

_TOKENS = 60  # that a repetition is measured on


def run(lang: str, caller: gr.Request, *values: object) -> Iterator[PageEvent]:
    """The greedy continuation of the tied model, then of the untied one, and how much of each repeats. Of a
    model that has learnt something: before that, and after."""
    asked = dict(zip(LAB_FIELDS, values, strict=True))
    del asked["layer"]
    try:
        parse_bool("tie_weights", asked["tie_weights"])  # which both models set for themselves
    except ConfigError as error:
        yield refusal(sentence(error, lang))
        return
    asked |= {"temperature": 0, "max_new_tokens": _TOKENS}
    shown: list[Block] = []
    variants: dict[str, dict[str, object]]
    if asked["weights"] == RANDOM:
        variants = {"tied": {"tie_weights": True}, "untied": {"tie_weights": False}}
    else:
        variants = {"before": {"weights": RANDOM}, "after": {}}
    for name, variant in variants.items():
        event = yield from asked_next(GenerateRequest, lang, asked | variant, caller, shown)
        if event is not None and event["stage"] == "refused":
            yield event
        if event is None or event["stage"] != "generate" or not event["done"]:  # or the caller has gone
            return
        shown = [*shown, *_summary(event, lang, name)]
    yield {
        "stage": "lab_shown",
        "done": True,
        "blocks": [*shown, blocks.paragraph(t("lab.repeats_note", lang), "hint")],
    }


def _summary(event: GenerateEvent, lang: str, name: str) -> list[Block]:
    tokens = event["tokens"]
    return [
        blocks.heading(t(f"lab.{name}", lang)),
        blocks.code(event["text"]),
        blocks.paragraph(t("lab.repeats_says", lang, share=percent(event["repeat_share"], lang, 0),
                           different=len(set(tokens)), tokens=len(tokens))),
    ]  # fmt: skip
