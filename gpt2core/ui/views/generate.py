"""View 'Generate': the model is built and speaks, and shows what else it could have said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

from gpt2core.i18n import t
from gpt2core.serving.messages import CompareRequest, Distribution, GenerateRequest, NextTokenRequest
from gpt2core.serving.messages.page_events import RunEvent
from gpt2core.ui.components import charts, controls, lab, results, sections
from gpt2core.ui.components.lab import Lab
from gpt2core.ui.dispatch import page_events
from gpt2core.ui.labs import repeats
from gpt2core.ui.labs.request import handler
from gpt2core.ui.views import build
from gpt2core.validation import GENERATE_FIELDS


@dataclass(frozen=True)
class GenerateView:
    controls: dict[str, gr.HTML]  # by field
    build_report: gr.HTML
    button: gr.Button
    output: gr.HTML
    distribution: gr.HTML
    compare: gr.Button
    comparison: gr.HTML
    labs: list[Lab]


def lay_out(lang: str) -> GenerateView:
    sections.menu("generate", lang)
    with gr.Row(elem_classes="generate"):
        with gr.Column(scale=5, min_width=300):
            prompt = controls.prompt(lang)
            temperature = controls.control("temperature", lang)
            with gr.Row(elem_classes="actions"):
                button = gr.Button(t("generate.button", lang), variant="primary", elem_id="generate")
                results.stop("generate", lang)
                compare = gr.Button(t("generate.compare", lang), elem_id="compare")
                results.stop("compare", lang)
            n_tokens = controls.control("max_new_tokens", lang)
            with gr.Row(elem_classes="pair"):
                top_k, top_p = controls.control("top_k", lang), controls.control("top_p", lang)
            noise = controls.control("sample_seed", lang)
        with gr.Column(scale=7, min_width=300):
            report = build.report(lang)
            results.stop("build", lang)
            output = results.result("generation", lang, t("generate.empty", lang))
            distribution = charts.chart("distribution", lang)
    comparison = results.result("comparison", lang, t("generate.compare_empty", lang))
    sampling = {"prompt": prompt, "temperature": temperature, "top_k": top_k, "top_p": top_p,
                "max_new_tokens": n_tokens, "sample_seed": noise}  # fmt: skip
    return GenerateView(
        sampling, report, button, output, distribution, compare, comparison, _lay_out_labs(lang)
    )


def _lay_out_labs(lang: str) -> list[Lab]:
    """What temperature does to the next token, and what weight tying does to text and memory."""
    next_token = lab.lay_out("logits", lang, handler("logits", NextTokenRequest))
    charts.temperature(lang)
    return [
        next_token,
        lab.lay_out("repeats", lang, repeats.run),
        lab.lay_out("tying", lang, handler("tying")),
    ]


def generate(
    lang: str, caller: gr.Request, *values: object
) -> Iterator[tuple[RunEvent, Distribution | dict[str, object]]]:
    """Events for the text, and the distribution of the newest step for the chart."""
    asked = dict(zip(GENERATE_FIELDS, values, strict=True))
    for event in page_events(GenerateRequest, lang, asked, caller):
        if event["stage"] == "generate":
            text = event.copy()
            yield text, text.pop("distribution", gr.skip())
        else:
            yield event, gr.skip()


def compare(lang: str, caller: gr.Request, *values: object) -> Iterator[RunEvent]:
    """Events of the same prompt and noise at four temperatures."""
    yield from page_events(CompareRequest, lang, dict(zip(GENERATE_FIELDS, values, strict=True)), caller)
