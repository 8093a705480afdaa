"""Lab 'weights': the weights as they were drawn, against what init asks for."""

from __future__ import annotations

from gpt2core.charts.labs import histogram_chart
from gpt2core.i18n import number, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import WeightsResult, WeightStatistics
from gpt2core.ui.components import blocks


def present(found: WeightsResult, lang: str) -> list[Block]:
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
