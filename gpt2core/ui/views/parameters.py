"""Tab 'Parameters': where every number of the model lives, drawn three ways."""

from __future__ import annotations

from gpt2core.ui.components import charts


def lay_out(lang: str) -> None:
    for kind in ("bar", "treemap", "waterfall"):
        charts.chart(kind, lang)
