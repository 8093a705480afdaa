"""What labs have in common that ask several models in turn, each with a request of its own."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import gradio as gr

from gpt2core.serving.messages import Request
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.page_events import LabBuildEvent, LabWaitEvent, PageEvent, RunEvent
from gpt2core.ui.dispatch import page_events


def asked_next(
    kind: type[Request], lang: str, values: Mapping[str, object], caller: gr.Request, shown: list[Block]
) -> Generator[PageEvent, None, RunEvent | None]:
    """Tells how the next model is waited for and built, while what the others have `shown` stands.
    Returns the last event that is the request's own, or a refusal; None where the caller has gone first."""
    last: RunEvent | None = None
    for event in page_events(kind, lang, values, caller):
        if event["stage"] == "wait":
            waiting: LabWaitEvent = {**event, "blocks": shown}
            yield waiting
        elif event["stage"] == "build":
            building: LabBuildEvent = {**event, "blocks": shown}
            yield building
        else:
            last = event
    return last
