"""The Plotly figures of the page, each authored once, with open places for the counts (see base.py)."""

from __future__ import annotations

from collections.abc import Callable

from gpt2core.charts.base import COLORS, INK, layout
from gpt2core.counting.parameters import COMPONENTS, TABLE
from gpt2core.i18n import t
from gpt2core.serving.messages.figures import Bars, Chart, ChartKind, Expression, Figure
from gpt2core.serving.messages.layout import AxisLayout
from gpt2core.serving.messages.page_data import Cause


def bar_chart(lang: str) -> Chart:
    """How the parameters are distributed over the components, each number counted once."""
    names = [f"component.{c}" for c in COMPONENTS]
    figure: Figure = {
        "data": [{
            "type": "bar", "orientation": "h", "y": [t(n, lang) for n in names], "x": [],
            "customdata": [], "marker": {"color": [COLORS[c] for c in COMPONENTS]}, "cliponaxis": False,
            "texttemplate": "<b>%{x:,}</b>  %{customdata:.2%}", "textposition": "outside",
            "hovertemplate": "%{y}<br>%{x:,} (%{customdata:.2%})<extra></extra>",
        }],
        "layout": layout(
            lang, height=330,
            xaxis={"visible": False, "rangemode": "tozero", "fixedrange": True},
            yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False,
                   "ticklabelstandoff": 8},
        ),
    }  # fmt: skip
    return {
        "title": t("chart.bar_title", lang), "figure": figure,
        "bind": [(["data", 0, "x"], [[n] for n in names])],
        "shares": [(["data", 0, "customdata"], names, "unique_total")],
        "room": ("xaxis", 170),  # pixels beside the longest bar for its text
        # where there is little room
        "short": {"labels": [t(f"short.{c}", lang) for c in COMPONENTS],
                  "texttemplate": "<b>%{x:,}</b>", "room": 100},
        "rows": [(t(n, lang), [n]) for n in names],
    }  # fmt: skip


def treemap_chart(lang: str) -> Chart:
    """The same, nested down to the tensors of one block taken n_layer times."""
    root = t("chart.model", lang)
    rows = [(row, row.name.replace("transformer.", "").replace("h.{i}.", "")) for row in TABLE]
    ids = ["model", *COMPONENTS, *(row.name for row, _ in rows)]
    owners = [*COMPONENTS, *(row.component for row, _ in rows)]
    several = " × %{customdata}"  # the same tensor of every block
    values = [["unique_total"], *([f"component.{c}"] for c in COMPONENTS),
              *([f"tensor.{row.name}"] for row, _ in rows)]  # fmt: skip
    figure: Figure = {
        "data": [{
            "type": "treemap", "branchvalues": "total", "ids": ids, "values": [],
            "labels": [root, *(t(f"component.{c}", lang) for c in COMPONENTS), *(n for _, n in rows)],
            "parents": ["", *["model"] * len(COMPONENTS), *(row.component for row, _ in rows)],
            "marker": {"colors": ["rgba(0,0,0,0)", *(COLORS[o] for o in owners)],
                       "line": {"width": 1}, "pad": {"t": 22, "l": 3, "r": 3, "b": 3}},
            "customdata": [],
            "texttemplate": [f"%{{label}}{more}<br>%{{value:,}}<br>%{{percentRoot:.1%}}" for more in
                             ["", *[""] * len(COMPONENTS), *(several * row.per_block for row, _ in rows)]],
            "textfont": {"color": ["#000000", *(INK[o] for o in owners)]},
            "hovertemplate": "%{label}<br>%{value:,} (%{percentRoot:.1%})<extra></extra>",
            "pathbar": {"visible": True, "thickness": 24}, "tiling": {"packing": "squarify"}, "sort": False,
            "maxdepth": 3,
        }],
        "layout": layout(lang, height=430, uniformtext={"minsize": 10, "mode": "hide"}),
    }  # fmt: skip
    return {
        "title": t("chart.treemap_title", lang), "figure": figure,
        "bind": [(["data", 0, "values"], values),
                 (["data", 0, "customdata"], [["unique_total"]] * (1 + len(COMPONENTS))
                  + [[f"repeats.{row.name}"] for row, _ in rows])],
        "rows": [(row.name, [f"tensor.{row.name}"]) for row, _ in rows],
    }  # fmt: skip


def waterfall_chart(lang: str) -> Chart:
    """What modules count, added up, less the shared matrix: the trainable total."""
    modules = [f"module.{c}" for c in COMPONENTS]
    labels = [
        *(t(f"short.{c}", lang) for c in COMPONENTS), t("chart.waterfall_modules", lang),
        t("chart.waterfall_shared", lang), t("chart.waterfall_total", lang),
    ]  # fmt: skip
    heights: list[Expression] = [*([m] for m in modules), ["per_module_total"],
                                 ["tying_correction"], ["unique_total"]]  # fmt: skip
    bases: list[Expression] = [*(modules[:n] for n in range(len(modules))), [],
                               ["unique_total"], []]  # fmt: skip
    signed = [["-tying_correction"] if h == ["tying_correction"] else h for h in heights]
    causes: list[Cause] = [*COMPONENTS, "total", "lm_head", "total"]
    plain = "%{customdata:.4s}"
    figure: Figure = {
        "data": [{
            "type": "bar", "x": [*labels], "y": [], "base": [], "cliponaxis": False,
            "marker": {
                "color": [COLORS[c] for c in causes],
                "opacity": [1.0] * (len(COMPONENTS) + 1) + [0.45, 1.0],  # what comes off is faint
            },
            "texttemplate": plain, "textposition": "outside", "textangle": 0,
            "hovertemplate": "%{x}<br>%{customdata:,}<extra></extra>", "customdata": [],
        }],
        "layout": layout(
            lang, height=400,
            yaxis={"visible": False, "rangemode": "tozero", "fixedrange": True},
            xaxis={"fixedrange": True, "showgrid": False},
        ),
    }  # fmt: skip
    return {
        "title": t("chart.waterfall_title", lang), "figure": figure,
        "bind": [(["data", 0, "y"], heights), (["data", 0, "base"], bases),
                 (["data", 0, "customdata"], signed)],
        "room": ("yaxis", 28),
        "rows": list(zip(labels, signed, strict=True)),
    }  # fmt: skip


def distribution_chart(lang: str) -> Chart:
    """The likeliest next tokens before and after temperature; the server sends the numbers.

    Each side has a scale of its own: at init all tokens are about equally likely, and bars of
    1/V beside a bar of 0.9 would not be seen.
    """

    def trace(color: str, axis: str) -> Bars:
        return {"type": "bar", "orientation": "h", "x": [], "y": [], "xaxis": axis,
                "texttemplate": "%{x:.2p}", "textposition": "outside", "cliponaxis": False,
                "marker": {"color": color}, "hovertemplate": "%{y}: %{x:.3p}<extra></extra>"}  # fmt: skip

    def axis(left: float, right: float) -> AxisLayout:
        return {"domain": [left, right], "tickformat": "~%", "rangemode": "tozero", "nticks": 3,
                "fixedrange": True, "side": "top", "automargin": True, "title": {"text": ""}}  # fmt: skip

    return {
        "title": t("chart.distribution_title", lang),
        "figure": {
            "data": [trace(COLORS["total"], "x"), trace(COLORS["total"], "x2")],
            "layout": layout(
                lang, height=540, bargap=0.3, margin={"l": 8, "r": 64, "t": 8, "b": 8},
                xaxis=axis(0, 0.38), xaxis2=axis(0.64, 1),
                yaxis={"autorange": "reversed", "automargin": True, "fixedrange": True,
                       "type": "category", "showgrid": False, "ticklabelstandoff": 8,
                       "tickfont": {"family": "ui-monospace, monospace", "size": 13}},
            ),
        },
        "bind": [], "rows": [],
    }  # fmt: skip


# All but the temperature's curve, which labs.py makes.
CHARTS: dict[ChartKind, Callable[[str], Chart]] = {
    "bar": bar_chart,
    "treemap": treemap_chart,
    "waterfall": waterfall_chart,
    "distribution": distribution_chart,
}
