"""What all figures have in common: their colours, their layout, and the open places in them.

A chart's `bind` says which count belongs where: `(path, [expression, ...])`, an expression
being a list of signed count names to add up. `fill` closes the places in Python;
assets/live/figures.js does the same in the browser while a slider moves. Colours of text and
grid are the page's theme and are set where the chart is drawn.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Unpack

from gpt2core.config import DTYPE_BYTES, GPTConfig
from gpt2core.counting.costs import COSTS
from gpt2core.counting.parameters import COUNTS, TABLE, evaluate, fields_of
from gpt2core.serving.messages.fields import Component, Polynomial, Unit
from gpt2core.serving.messages.figures import Chart, Expression, Figure, Path
from gpt2core.serving.messages.layout import AxisLayout, Edges, Layout, OwnLayout
from gpt2core.serving.messages.page_data import Cause

# Okabe and Ito's palette (2008), told apart under the common colour-blindnesses. No part of a
# chart is told by its colour alone: each has its name beside or on it.
COLORS: dict[Cause, str] = {
    "token_embedding": "#0072B2",
    "position_embedding": "#56B4E9",
    "attention": "#E69F00",
    "mlp": "#009E73",
    "layer_norm": "#CC79A7",
    "lm_head": "#D55E00",
    "total": "#8A94A6",
}
# Text on a component's colour: the one of black and white that contrasts with it more.
INK: dict[Component, str] = {
    "token_embedding": "#ffffff", "position_embedding": "#0b1220", "attention": "#0b1220",
    "mlp": "#0b1220", "layer_norm": "#0b1220", "lm_head": "#0b1220",
}  # fmt: skip

# The theme's, which theme.js fills in.
STRONG, FAINT, PLAIN = "--accent", "--soft", "--ink"

# Of the strip on top: narrower parts have no room for their name.
LABELLED_SHARE = 0.1

# Everything a chart or a number on the page may show, as polynomials of the config's fields.
QUANTITIES: dict[str, Polynomial] = {
    **COUNTS,
    **COSTS,
    **{f"repeats.{row.name}": ((1, ("n_layer",) if row.per_block else ()),) for row in TABLE},
}
# What is no plain count, and how it is written.
UNITS: dict[str, Unit] = {
    "weight_bytes": "bytes", "kv_bytes_per_token": "bytes", "flops_per_token": "flops",
}  # fmt: skip


def quantities(config: GPTConfig, dtype: str = "float32") -> dict[str, int]:
    """Every quantity of `config` by name, its numbers in the format `dtype`."""
    numbers = fields_of(config, DTYPE_BYTES[dtype])
    return {name: evaluate(polynomial, numbers) for name, polynomial in QUANTITIES.items()}


def value_of(expression: Expression, values: Mapping[str, int]) -> int:
    return sum(-values[name[1:]] if name[0] == "-" else values[name] for name in expression)


def fill(chart: Chart, values: Mapping[str, int]) -> Figure:
    """The figure of `chart` with `values` in its open places."""
    figure = copy.deepcopy(chart["figure"])
    for path, expressions in chart["bind"]:
        _put(figure, path, [value_of(e, values) for e in expressions])
    for path, names, of in chart.get("shares", []):
        _put(figure, path, [values[n] / values[of] for n in names])
    return figure


def _put(figure: Figure, path: Path, numbers: list[float]) -> None:
    """Puts `numbers` into the place of `figure` that `path` leads to."""
    *way, last = path
    # Any, because a path is data, which the browser follows too: no type can say what it leads to. That
    # Plotly knows every place that is filled is for tests/charts to see.
    place: Any = figure
    for key in way:
        place = place[key]
    place[last] = numbers


_MARGIN: Edges = {"l": 8, "r": 8, "t": 8, "b": 8}


def layout(
    lang: str, *, margin: Edges = _MARGIN, showlegend: bool = False, **own: Unpack[OwnLayout]
) -> Layout:
    """What all figures have in common, and what is a figure's own."""
    return {
        "separators": ".," if lang == "en" else ",.",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": margin,
        "showlegend": showlegend,
        "font": {"size": 14},
        "hoverlabel": {
            "bgcolor": "#0b1220",
            "bordercolor": "#0b1220",
            "font": {"family": "system-ui, sans-serif", "size": 14, "color": "#ffffff"},
        },
        **own,
    }


def axis(text: str, **more: Unpack[AxisLayout]) -> AxisLayout:
    """An axis with a title, which nobody can drag."""
    return {"title": {"text": text}, "fixedrange": True, "automargin": True, **more}
