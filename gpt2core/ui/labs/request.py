"""A lab's handler: one request to the engine, and its result as blocks. On a model that has learnt
something it is two: before, with random weights, and after."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from gpt2core.i18n import t
from gpt2core.serving.messages import LabRequest, LabResultEvent, Request
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.page_events import LabShownEvent, PageEvent
from gpt2core.ui.components.lab import LAB_FIELDS, Run
from gpt2core.ui.dispatch import page_events
from gpt2core.ui.labs.present import present
from gpt2core.validation import RANDOM

ALONE = ("forward", "logits")  # the page shows these by other means than blocks


def handler(name: str, kind: type[Request] = LabRequest, fields: tuple[str, ...] = LAB_FIELDS) -> Run:
    """What runs the lab `name`, which asks with a request of `kind` for the values of `fields`."""

    def run(lang: str, caller: gr.Request, *values: object) -> Iterator[PageEvent]:
        asked = dict(zip(fields, values, strict=True)) | {"lab": name}
        before: list[Block] = []
        if asked["weights"] != RANDOM and name not in ALONE:
            for event in page_events(kind, lang, asked | {"weights": RANDOM}, caller):
                if event["stage"] == "lab_result":
                    before = [_heading("lab.before", lang), *present(event["result"], lang)]
                    before.append(_heading("lab.after", lang))
                elif event["stage"] == "refused":
                    yield event
                    return
                else:
                    yield event
        for event in page_events(kind, lang, asked, caller):
            yield _shown(event, before, lang) if event["stage"] == "lab_result" else event

    return run


def _heading(key: str, lang: str) -> Block:
    return {"block": "heading", "text": t(key, lang)}


def _shown(event: LabResultEvent, before: list[Block], lang: str) -> LabShownEvent:
    return {
        "stage": "lab_shown", "done": True, "seed": event["seed"], "dtype": event["dtype"],
        "weights": event["weights"], "config": event["config"],
        "blocks": [*before, *present(event["result"], lang)],
    }  # fmt: skip
