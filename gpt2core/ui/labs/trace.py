"""Lab 'trace': a real forward pass."""

from __future__ import annotations

from gpt2core.charts.labs import attention_chart, stream_chart
from gpt2core.i18n import number, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import TraceResult
from gpt2core.ui.components import blocks


def present(found: TraceResult, lang: str) -> list[Block]:
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
