"""Lab 'score': how well the model predicts the prompt, token by token, with each kind of weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import gradio as gr

from gpt2core.errors import ConfigError
from gpt2core.i18n import number, percent, t
from gpt2core.model.hub import offered, openai_checkpoint
from gpt2core.serving.messages import ScoreEvent, ScoreRequest
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.page_events import PageEvent
from gpt2core.ui.components import blocks
from gpt2core.ui.components.lab import LAB_FIELDS
from gpt2core.ui.labs.in_turn import asked_next
from gpt2core.validation import OPENAI, RANDOM, parse_config

SAMPLE = "One day, Anna found a red kite in the garden. She took it home."


def run(lang: str, caller: gr.Request, *values: object) -> Iterator[PageEvent]:
    """What each kind of weights makes of the same text: random ones, those that are chosen and, beside what
    was learnt here, OpenAI's where they are offered for the shape."""
    asked = dict(zip(LAB_FIELDS, values, strict=True))
    text = asked.pop("prompt") or SAMPLE
    found: list[ScoreEvent] = []
    shown: list[Block] = []
    for weights in _kinds(asked):
        event = yield from asked_next(
            ScoreRequest, lang, asked | {"weights": weights, "text": text}, caller, shown
        )
        if event is not None and event["stage"] == "score":
            found.append(event)
            shown = [*shown, *_of(event, lang)]
        elif event is None or event["stage"] != "refused":  # the caller has gone
            return
        elif weights in (RANDOM, asked["weights"]):
            yield event
            return
        else:
            shown = [*shown, blocks.heading(t("lab.score_openai", lang)), blocks.paragraph(event["error"])]
    yield {"stage": "lab_shown", "done": True, "blocks": [*shown, *_side_by_side(found, lang)]}


def _kinds(asked: Mapping[str, object]) -> list[object]:
    chosen = asked["weights"]
    if chosen in (RANDOM, OPENAI):
        return [RANDOM] if chosen == RANDOM else [RANDOM, OPENAI]
    try:
        released = openai_checkpoint(parse_config(asked))
    except ConfigError:  # the first request says so
        released = None
    return [RANDOM, chosen, *([OPENAI] if released in offered() else [])]


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
