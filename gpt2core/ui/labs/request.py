"""A lab's handler: one request to the engine, and its result as blocks."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from gpt2core.serving.messages import LabRequest, Request
from gpt2core.serving.messages.page_events import PageEvent
from gpt2core.ui.components.lab import LAB_FIELDS, Run
from gpt2core.ui.dispatch import page_events
from gpt2core.ui.labs.present import present


def handler(name: str, kind: type[Request] = LabRequest, fields: tuple[str, ...] = LAB_FIELDS) -> Run:
    """What runs the lab `name`, which asks with a request of `kind` for the values of `fields`."""

    def run(lang: str, caller: gr.Request, *values: object) -> Iterator[PageEvent]:
        asked = dict(zip(fields, values, strict=True)) | {"lab": name}
        for event in page_events(kind, lang, asked, caller):
            if event["stage"] == "lab_result":
                yield {"stage": "lab_shown", "done": True, "seed": event["seed"], "dtype": event["dtype"],
                       "weights": event["weights"], "config": event["config"], "blocks": present(event["result"], lang)}  # fmt: skip
            else:
                yield event

    return run
