"""The Build button and its report: what was built, and whether the three ways to count it agree. The report
stands in the view 'Generate', the button beside all views."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from gpt2core.i18n import t
from gpt2core.serving.messages import BuildRequest
from gpt2core.serving.messages.page_events import RunEvent
from gpt2core.ui.components import controls, results
from gpt2core.ui.dispatch import device_label, known_device, known_dtypes, on_zero_gpu, page_events
from gpt2core.validation import MODEL_FIELDS


def report(lang: str) -> gr.HTML:
    return results.result("build", lang, t("build.empty", lang))


def ask_device(lang: str) -> Iterator[tuple[gr.Button, gr.HTML | dict[str, object]]]:
    """The Build button with the device's name on it, and the number formats that it offers, once that is
    known; asked for when the page has opened."""
    if not on_zero_gpu() and known_device() is None:
        yield gr.Button(t("build.button_loading", lang)), gr.skip()
    button = gr.Button(t("build.button_on", lang, device=device_label()))
    yield button, controls.offer(known_dtypes())


def build(lang: str, caller: gr.Request, *values: object) -> Iterator[RunEvent]:
    """The build's events, then its result or one sentence on why there is none."""
    yield from page_events(BuildRequest, lang, dict(zip(MODEL_FIELDS, values, strict=True)), caller)
