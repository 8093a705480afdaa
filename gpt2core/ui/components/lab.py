"""A lab on the page: a heading, what it is for, a button, and what it finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import gradio as gr

from gpt2core.i18n import t
from gpt2core.serving.messages.page_events import PageEvent
from gpt2core.ui.components import results
from gpt2core.ui.components.html import render
from gpt2core.validation import MODEL_FIELDS

LAB_FIELDS = (*MODEL_FIELDS, "prompt", "layer")
STATE_OF_FIELDS = f"() => stateOf({json.dumps(LAB_FIELDS)})"  # live.js has it
Run = Callable[..., Iterator[PageEvent]]  # (lang, caller, *values of LAB_FIELDS) -> events


@dataclass(frozen=True)
class Lab:
    """`run` is its handler."""

    button: gr.Button
    output: gr.HTML
    run: Run


def lay_out(name: str, lang: str, run: Run) -> Lab:
    """The lab `name`: what it is for, its button, and where `run` shows what it finds."""
    title(name, lang)
    return frame(name, lang, run)


def title(name: str, lang: str) -> None:
    gr.HTML(render("lab_title", lang, name=name), padding=False, elem_classes=["live"])


def frame(name: str, lang: str, run: Run) -> Lab:
    with gr.Row(elem_classes="actions"):
        button = gr.Button(t(f"lab.{name}_button", lang), elem_id=f"lab-{name}", elem_classes="try")
        results.stop(f"lab-{name}", lang)
    return Lab(button, results.result("lab", lang, "", name), run)
