"""View 'Train': the model on screen learns, in front of everybody who watches the same run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

from gpt2core.i18n import t
from gpt2core.serving.messages import ForgetRequest, TrainRequest
from gpt2core.serving.messages.page_events import RunEvent
from gpt2core.ui.components import controls, results, training
from gpt2core.ui.dispatch import page_events
from gpt2core.validation import TRAIN_FIELDS


@dataclass(frozen=True)
class TrainView:
    controls: dict[str, gr.HTML]  # by field
    button: gr.Button
    forget: gr.Button
    output: gr.HTML


def lay_out(lang: str) -> TrainView:
    with gr.Row(elem_classes="train"):
        with gr.Column(scale=4, min_width=300):
            source = training.source(lang)
            text = training.own_text(lang)
            seconds = controls.control("seconds", lang)
            with gr.Row(elem_classes="actions"):
                button = gr.Button(t("train.button", lang), variant="primary", elem_id="train")
                results.stop("train", lang)
                forget = gr.Button(t("train.forget", lang), elem_id="forget")
            steps = controls.control("steps", lang)
            with gr.Row(elem_classes="pair"):
                batch_size = controls.control("batch_size", lang)
                learning_rate = controls.control("learning_rate", lang)
        with gr.Column(scale=8, min_width=300):
            output = results.result("training", lang, t("train.empty", lang))
    found = {"source": source, "text": text, "steps": steps, "seconds": seconds, "batch_size": batch_size,
             "learning_rate": learning_rate}  # fmt: skip
    return TrainView(found, button, forget, output)


def train(lang: str, caller: gr.Request, *values: object) -> Iterator[RunEvent]:
    """The run's events; everybody who asks for the same one watches it."""
    yield from page_events(TrainRequest, lang, dict(zip(TRAIN_FIELDS, values, strict=True)), caller)


def forget(lang: str, caller: gr.Request, *values: object) -> Iterator[RunEvent]:
    """Has a visitor's own text forgotten, and what was learnt from it."""
    yield from page_events(ForgetRequest, lang, dict(zip(TRAIN_FIELDS, values, strict=True)), caller)
