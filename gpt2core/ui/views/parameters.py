"""View 'Parameters': where every number of the model lives, and every number printed as its size."""

from __future__ import annotations

from gpt2core.serving.messages.figures import ChartKind
from gpt2core.ui.components import charts, results, sections

_CHARTS: tuple[ChartKind, ...] = ("bar", "treemap", "waterfall")


def lay_out(lang: str) -> None:
    sections.menu("parameters", lang)
    for kind in _CHARTS:
        charts.chart(kind, lang)
    for name in ("counters", "tensors"):
        results.sheet(name, lang)
