"""Plotly figures of what the labs have found, whole and ready to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Unpack

from gpt2core.charts.base import COLORS, FAINT, STRONG, axis, layout
from gpt2core.i18n import number, t
from gpt2core.serving.messages.figures import Chart, Figure, Lines, Trace
from gpt2core.serving.messages.lab_results import WeightStatistics
from gpt2core.serving.messages.layout import AxisLayout, Cell, Layout, OwnLayout

_HEAT = [(0.0, "rgba(127,127,127,0.1)"), (1.0, STRONG)]  # from nothing to most, on white and on black


def _legend(lang: str, **own: Unpack[OwnLayout]) -> Layout:
    own = {"legend": {"orientation": "h", "y": 1.12, "x": 0}, **own}
    return layout(lang, showlegend=True, **own)


def _lines(names: Sequence[str], series: Sequence[Sequence[float]], x: Sequence[Cell]) -> list[Trace]:
    """Two lines that differ by more than colour."""
    looks = [(STRONG, "solid", "circle"), (FAINT, "dash", "diamond-open")]
    return [
        {"type": "scatter", "mode": "lines+markers", "name": name, "x": list(x), "y": list(y),
         "line": {"color": color, "dash": dash, "width": 2.5}, "marker": {"symbol": symbol, "size": 7}}
        for name, y, (color, dash, symbol) in zip(names, series, looks, strict=False)
    ]  # fmt: skip


def stream_chart(scaled: Sequence[float], unscaled: Sequence[float], lang: str) -> Figure:
    """Length of the residual stream after each addition, with the scaled init and without."""
    n_layer = len(scaled) // 2
    x = ["wte+wpe", *(f"{n}.{part}" for n in range(1, n_layer + 1) for part in ("x_at", "x_ff"))]
    ends = range(1, n_layer + 1, max(1, n_layer // 12))  # blocks whose x_ff is marked
    names = [t("lab.stream_scaled", lang), t("lab.stream_unscaled", lang)]
    return {
        "data": _lines(names, [scaled, unscaled], x),
        "layout": _legend(
            lang, height=360, xaxis=axis(
                t("lab.block", lang), type="category", tickvals=[x[0], *(f"{n}.x_ff" for n in ends)],
                ticktext=[x[0], *map(str, ends)],
            ),
            yaxis=axis(t("lab.length", lang), rangemode="tozero"),
        ),
    }  # fmt: skip


def _ticks(values: Sequence[float]) -> list[Cell]:
    """1, 2 and 5 times the powers of ten around `values`, for an axis where Plotly would write the figures
    between two powers without their power."""
    logs = [math.log10(value) for value in values if value > 0] or [0.0]
    powers = range(math.floor(min(logs)), math.ceil(max(logs)) + 1)
    return [figure * 10.0**power for power in powers for figure in ((1, 2, 5) if len(powers) < 5 else (1,))]


def gradient_chart(pre_ln: Sequence[float], post_ln: Sequence[float], lang: str) -> Figure:
    """Norm of the gradient in each block, at the start of training."""
    x = list(range(1, len(pre_ln) + 1))
    return {
        "data": _lines([t("lab.pre_ln", lang), t("lab.post_ln", lang)], [pre_ln, post_ln], x),
        "layout": _legend(
            lang, height=340, xaxis=axis(t("lab.block", lang), tick0=1, dtick=max(1, len(x) // 12)),
            yaxis=axis(t("lab.gradient", lang), type="log", tickvals=_ticks([*pre_ln, *post_ln])),
        ),
    }  # fmt: skip


def attention_chart(weights: Sequence[Sequence[float]], tokens: Sequence[str], lang: str) -> Figure:
    """Who looks at whom: a row for each token, its weights on those before it."""
    n = list(range(len(tokens)))
    # What may not be looked at is empty. The first token can only look at itself: its 1 says nothing.
    shown: list[list[float | None]] = [
        [w if j <= i else None for j, w in enumerate(row)] for i, row in enumerate(weights)
    ]
    most = max((w for row in weights[1:] for w in row), default=1.0)
    ticks: AxisLayout = {"tickmode": "array", "tickvals": [*n], "ticktext": [*tokens], "showgrid": False,
                         "zeroline": False}  # fmt: skip
    return {
        "data": [{
            "type": "heatmap", "z": shown, "x": n, "y": n, "zmin": 0, "zmax": most,
            "colorscale": _HEAT, "xgap": 1, "ygap": 1, "hoverongaps": False,
            # The first token's 1 is as dark as the largest of the others.
            "colorbar": {"thickness": 12, "tickvals": [0, most / 2, most],
                         "ticktext": ["0", number(most / 2, lang, 2), f"≥ {number(most, lang, 2)}"]},
            "text": [[f"{a} → {b}" for b in tokens] for a in tokens],
            "hovertemplate": "%{text}<br>%{z:.3f}<extra></extra>",
        }],
        "layout": layout(
            lang, height=460,
            xaxis={**axis(t("lab.looked_at", lang), tickangle=-60 if len(n) > 6 else 0), **ticks},
            yaxis={**axis(t("lab.looking", lang), autorange="reversed"), **ticks},
        ),
    }  # fmt: skip


def histogram_chart(row: WeightStatistics, lang: str) -> Figure:
    """The built numbers of one kind of tensor, and the normal distribution they were to come from."""
    bins, reach, std = row["histogram"], row["reach"], row["target_std"]
    width = 2 * reach / len(bins)
    x = [-reach + (n + 0.5) * width for n in range(len(bins))]
    target = [width * NormalDist(0, std).pdf(v) for v in x]
    return {
        "data": [
            {"type": "bar", "name": t("lab.built", lang), "x": [*x], "y": [*bins], "width": width,
             "marker": {"color": COLORS[row["component"]]},
             "hovertemplate": "%{x:.4f}: %{y:.2%}<extra></extra>"},
            {"type": "scatter", "mode": "lines", "name": t("lab.target", lang), "x": [*x], "y": target,
             "line": {"color": FAINT, "dash": "dash", "width": 2.5}, "hoverinfo": "skip"},
        ],
        "layout": _legend(
            lang, height=300, bargap=0.05, xaxis=axis(t("lab.value", lang), nticks=7),
            yaxis=axis(t("lab.share", lang), tickformat=".0%"),
        ),
    }  # fmt: skip


def temperature_chart(lang: str) -> Chart:
    """Entropy over temperature; the browser fills in the curve and moves the point."""
    line: Lines = {"type": "scatter", "mode": "lines", "x": [], "y": [],
                   "line": {"color": STRONG, "width": 3}}  # fmt: skip
    point: Lines = {"type": "scatter", "mode": "markers", "x": [], "y": [], "cliponaxis": False,
                    "marker": {"color": STRONG, "size": 15}}  # fmt: skip
    most: Lines = {"type": "scatter", "mode": "lines", "x": [], "y": [], "hoverinfo": "skip",
                   "line": {"color": FAINT, "dash": "dash", "width": 2}}  # fmt: skip
    return {
        "title": t("lab.temperature_title", lang),
        "figure": {
            "data": [line, most, point],
            "layout": layout(
                lang, height=340,
                xaxis=axis(t("lab.temperature_axis", lang), type="log", range=[-2.05, 2.05],
                            tickvals=[0.01, 0.1, 1, 10, 100]),
                yaxis=axis(t("lab.entropy_axis", lang), rangemode="tozero"),
            ),
        },
        "bind": [], "rows": [],
    }  # fmt: skip
