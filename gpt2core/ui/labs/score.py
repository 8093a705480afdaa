"""Lab 'score': how well the model predicts the prompt, token by token; by random weights, and by those that
are chosen."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from gpt2core.i18n import number, percent, t
from gpt2core.serving.messages import ScoreEvent, ScoreRequest
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.page_events import LabBuildEvent, LabWaitEvent, PageEvent
from gpt2core.ui.components import blocks
from gpt2core.ui.components.lab import LAB_FIELDS
from gpt2core.ui.dispatch import page_events
from gpt2core.validation import OPENAI, RANDOM

SAMPLE = "One day, Anna found a red kite in the garden. She took it home."


def run(lang: str, caller: gr.Request, *values: object) -> Iterator[PageEvent]:
    """What each kind of weights makes of the same text."""
    asked = dict(zip(LAB_FIELDS, values, strict=True))
    text = asked.pop("prompt") or SAMPLE
    chosen = asked["weights"]
    found: list[ScoreEvent] = []
    shown: list[Block] = []
    for weights in (RANDOM, chosen)[: 1 if chosen == RANDOM else 2]:
        before = len(found)
        for event in page_events(ScoreRequest, lang, asked | {"weights": weights, "text": text}, caller):
            if event["stage"] == "refused":
                yield event
                return
            if event["stage"] == "score":
                found.append(event)
            elif event["stage"] == "wait":
                waiting: LabWaitEvent = {**event, "blocks": shown}
                yield waiting
            elif event["stage"] == "build":
                building: LabBuildEvent = {**event, "blocks": shown}
                yield building
        if len(found) == before:  # the caller has gone
            return
        shown = [*shown, *_of(found[-1], lang)]
    yield {"stage": "lab_shown", "done": True, "blocks": [*shown, *_side_by_side(found, lang)]}


def _name(event: ScoreEvent, lang: str) -> str:
    weights = event["weights"]
    return t(f"lab.score_{weights if weights in (RANDOM, OPENAI) else 'learnt'}", lang)


def _of(event: ScoreEvent, lang: str) -> list[Block]:
    return [blocks.heading(_name(event, lang)), blocks.surprisals(event["pieces"], event["surprisals"])]


def _side_by_side(found: list[ScoreEvent], lang: str) -> list[Block]:
    head = [
        "",
        *(t(key, lang) for key in ("train.bits_per_byte", "train.perplexity", "lab.score_accuracy")),
    ]
    rows = [
        [
            _name(event, lang),
            number(event["bits_per_byte"], lang, 2),
            "∞" if event["perplexity"] is None else number(event["perplexity"], lang, 1),
            percent(event["accuracy"], lang, 0),
        ]
        for event in found
    ]
    return [blocks.table(head, rows), blocks.paragraph(t("lab.score_note", lang), "hint")]
