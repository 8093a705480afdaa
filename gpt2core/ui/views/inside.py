"""Tab 'Inside': a real forward pass, attention maps, gradients, and the weights themselves."""

from __future__ import annotations

import gradio as gr

from gpt2core.charts.labs import attention_chart, gradient_chart, histogram_chart, stream_chart
from gpt2core.i18n import number, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import (
    GradientResult,
    LabResult,
    TraceResult,
    WeightsResult,
    WeightStatistics,
)
from gpt2core.ui.components import blocks, controls, lab
from gpt2core.ui.components.lab import Lab


def lay_out(lang: str) -> tuple[gr.HTML, list[Lab]]:
    """The control for which block to look into, and the labs."""
    lab.title("trace", lang)
    layer = controls.control("layer", lang)
    labs = [lab.frame("trace", lang, lab.runner("trace", present))]
    return layer, labs + [lab.lay_out(name, lang, present) for name in ("gradients", "weights")]


def present(found: LabResult, lang: str) -> list[Block]:
    """What a lab of this tab has found."""
    if found["lab"] == "trace":
        return trace(found, lang)
    if found["lab"] == "gradients":
        return gradients(found, lang)
    assert found["lab"] == "weights"
    return weights(found, lang)


def trace(found: TraceResult, lang: str) -> list[Block]:
    scaled, unscaled, spread = found["stream"], found["stream_unscaled"], found["logits"]
    heads = [
        (t("lab.head", lang, n=n), attention_chart(weights, found["tokens"], lang),
         t("lab.attention_says", lang, head=n, layer=found["layer"], most=_most(weights)))
        for n, weights in enumerate(found["attention"], 1)
    ]  # fmt: skip
    return [
        blocks.paragraph(t("lab.trace_prompt", lang, tokens=" ".join(found["tokens"])), "hint notranslate"),
        blocks.heading(t("lab.stream_title", lang)),
        blocks.figure(
            stream_chart(scaled, unscaled, lang),
            t("lab.stream_says", lang, first=scaled[0], last=scaled[-1], unscaled=unscaled[-1]),
        ),
        blocks.heading(t("lab.attention_title", lang, layer=found["layer"])),
        blocks.figures(t("lab.head_label", lang), heads),
        blocks.heading(t("lab.spread_title", lang)),
        blocks.paragraph(t("lab.spread_says", lang, std=number(spread["std"], lang, 3),
                           minimum=number(spread["minimum"], lang, 3),
                           maximum=number(spread["maximum"], lang, 3),
                           expected=number(spread["expected"], lang, 3))),
    ]  # fmt: skip


def _most(weights: list[list[float]]) -> float:
    """The most that the last token gives to any one token."""
    return max(weights[-1])


def gradients(found: GradientResult, lang: str) -> list[Block]:
    pre, post = found["pre_ln"], found["post_ln"]

    def ratio(norms: list[float]) -> str:
        return number(norms[0] / norms[-1] if norms[-1] else float("inf"), lang, 2)

    return [
        blocks.figure(
            gradient_chart(pre, post, lang),
            t("lab.gradients_says", lang, pre=ratio(pre), post=ratio(post), layers=len(pre)),
        ),
        blocks.paragraph(t("lab.gradients_note", lang), "hint"),
    ]


def weights(found: WeightsResult, lang: str) -> list[Block]:
    rows = found["rows"]
    head = [t(f"lab.{name}", lang) for name in ("tensor", "count", "mean", "std", "target")]
    drawn = [
        (row["name"], histogram_chart(row, lang),
         t("lab.histogram_says", lang, name=row["name"], std=_fine(row["std"], lang),
           target=_fine(row["target_std"], lang)))
        for row in rows if row["target_std"]
    ]  # fmt: skip
    return [
        blocks.table(head, [[row["name"], number(row["count"], lang), _fine(row["mean"], lang),
                             _fine(row["std"], lang), _target(row, lang)] for row in rows]),
        blocks.figures(t("lab.tensor", lang), drawn),
    ]  # fmt: skip


def _fine(value: float, lang: str) -> str:
    return number(0.0 if abs(value) < 5e-7 else value, lang, 6)


def _target(row: WeightStatistics, lang: str) -> str:
    if row["target_std"]:
        return f"N(0, {_fine(row['target_std'], lang)}²)"
    return number(row["target_mean"], lang)
