"""View 'Train': the model on screen learns, in front of everybody who watches the same run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

from gpt2core.i18n import t
from gpt2core.serving.messages import CompareEvent, CompareRequest, ForgetRequest, TrainRequest
from gpt2core.serving.messages.page_events import BeforeAfterRunEvent, RunEvent
from gpt2core.ui.components import controls, results, training
from gpt2core.ui.dispatch import page_events
from gpt2core.validation import GENERATE_FIELDS, RANDOM, TRAIN_FIELDS

# Finds the values of GENERATE_FIELDS, whether or not their controls are on the page by now.
WITH_LEARNT = f"() => stateWithLearnt({json.dumps(GENERATE_FIELDS)})"


@dataclass(frozen=True)
class TrainView:
    controls: dict[str, gr.HTML]  # by field
    button: gr.Button
    forget: gr.Button
    output: gr.HTML
    forgotten: gr.HTML
    compare: gr.Button
    comparison: gr.HTML


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
            forgotten = training.forgotten(lang)
            steps = controls.control("steps", lang)
            with gr.Row(elem_classes="pair"):
                batch_size = controls.control("batch_size", lang)
                learning_rate = controls.control("learning_rate", lang)
        with gr.Column(scale=8, min_width=300):
            output = training.run(lang)
    found = {"source": source, "text": text, "steps": steps, "seconds": seconds, "batch_size": batch_size,
             "learning_rate": learning_rate}  # fmt: skip
    with gr.Row(elem_classes="actions"):
        compare = gr.Button(t("train.compare", lang), elem_id="before-after")
        results.stop("before-after", lang)
    comparison = results.result("beforeAfter", lang, t("train.compare_empty", lang))
    return TrainView(found, button, forget, output, forgotten, compare, comparison)


def train(lang: str, caller: gr.Request, *values: object) -> Iterator[RunEvent]:
    """The run's events; everybody who asks for the same one watches it."""
    yield from page_events(TrainRequest, lang, dict(zip(TRAIN_FIELDS, values, strict=True)), caller)


def forget(lang: str, caller: gr.Request, *values: object) -> Iterator[RunEvent]:
    """Has a visitor's own text forgotten, and what was learnt from it."""
    yield from page_events(ForgetRequest, lang, dict(zip(TRAIN_FIELDS, values, strict=True)), caller)


def before_after(lang: str, caller: gr.Request, *values: object) -> Iterator[BeforeAfterRunEvent]:
    """The same prompt and noise at four temperatures: by random weights, then by those that were learnt."""
    asked = dict(zip(GENERATE_FIELDS, values, strict=True))
    before: CompareEvent | None = None
    for weights in (RANDOM, asked["weights"]):
        now: CompareEvent | None = None
        for event in page_events(CompareRequest, lang, asked | {"weights": weights}, caller):
            if event["stage"] == "compare":
                now = event
                after = None if before is None else now
                yield {"stage": "before_after", "done": event["done"] and after is not None,
                       "before": before or now, "after": after}  # fmt: skip
            elif event["stage"] == "wait" or event["stage"] == "build" or event["stage"] == "refused":
                yield event
        if now is None or not now["done"]:  # refused, or the caller has gone
            return
        before = now
