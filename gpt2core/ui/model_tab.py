"""Tab 'Model': the model that was built, and whether the three ways to count it agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from gpt2core.config import MODEL_FIELDS
from gpt2core.requests import BuildRequest
from gpt2core.text import t
from gpt2core.ui import live
from gpt2core.ui.where import device_label, told


def lay_out(lang: str) -> gr.HTML:
    return live.result("build", lang, t("build.empty", lang))


def button(lang: str) -> gr.Button:
    """The Build button with the device's name on it; asked for when the page has opened."""
    return gr.Button(t("build.button_on", lang, device=device_label()))


def build(lang: str, caller: gr.Request, *values: object) -> Iterator[dict[str, Any]]:
    """The build's events, then its result or one sentence on why there is none."""
    yield from told(BuildRequest, lang, dict(zip(MODEL_FIELDS, values, strict=True)), caller)
