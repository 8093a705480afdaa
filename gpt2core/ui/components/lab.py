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
from gpt2core.validation import GENERATE_FIELDS, MODEL_FIELDS

LAB_FIELDS = (*MODEL_FIELDS, "prompt", "layer")
# Of a lab that generates as many tokens as it wants.
GENERATING_FIELDS = (*(field for field in GENERATE_FIELDS if field != "max_new_tokens"), "layer")
Run = Callable[..., Iterator[PageEvent]]  # (lang, caller, *values of its fields) -> events
Place = Callable[[str, str], gr.HTML]  # name, language -> where the lab shows what it finds


@dataclass(frozen=True)
class Lab:
    """`run` is its handler, which takes the values of `fields`."""

    button: gr.Button
    output: gr.HTML
    run: Run
    fields: tuple[str, ...] = LAB_FIELDS

    @property
    def state(self) -> str:
        """The script that finds these values (live.js has `stateOf`)."""
        return f"() => stateOf({json.dumps(self.fields)})"


def lay_out(name: str, lang: str, run: Run) -> Lab:
    """The lab `name`: what it is for, its button, and where `run` shows what it finds."""
    title(name, lang)
    return frame(name, lang, run)


def title(name: str, lang: str) -> None:
    gr.HTML(render("lab_title", lang, name=name), padding=False, elem_classes=["live"])


def _result(name: str, lang: str) -> gr.HTML:
    return results.result("lab", lang, "", name)


def frame(
    name: str, lang: str, run: Run, fields: tuple[str, ...] = LAB_FIELDS, place: Place = _result
) -> Lab:
    with gr.Row(elem_classes="actions"):
        button = gr.Button(t(f"lab.{name}_button", lang), elem_id=f"lab-{name}", elem_classes="try")
        results.stop(f"lab-{name}", lang)
    return Lab(button, place(name, lang), run, fields)
