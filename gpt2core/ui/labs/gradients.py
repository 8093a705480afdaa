"""Lab 'gradients': how far a gradient reaches, with LayerNorm before and after."""

from __future__ import annotations

from gpt2core.charts.labs import gradient_chart
from gpt2core.i18n import number, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import GradientResult
from gpt2core.ui.components import blocks


def present(found: GradientResult, lang: str) -> list[Block]:
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
