"""Types of a figure's layout: what of Plotly's this app sends."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

Cell: TypeAlias = float | str  # a number on an axis, or a label
Axis: TypeAlias = Literal["xaxis", "yaxis"]


class Font(TypedDict, total=False):
    size: float
    family: str
    color: str


class Title(TypedDict):
    text: str


class AxisLayout(TypedDict, total=False):
    title: Title
    type: str
    visible: bool
    autorange: Literal["reversed"]
    range: list[float]
    rangemode: str
    domain: list[float]
    side: str
    fixedrange: bool
    automargin: bool
    showgrid: bool
    zeroline: bool
    gridcolor: str
    nticks: int
    tick0: float
    dtick: float
    tickmode: str
    tickvals: list[Cell]
    ticktext: list[str]
    tickangle: float
    tickformat: str
    tickfont: Font
    ticklabelstandoff: float


class Edges(TypedDict):
    """Pixels on each side."""

    l: float  # noqa: E741
    r: float
    t: float
    b: float


class HoverLabel(TypedDict):
    bgcolor: str
    bordercolor: str
    font: Font


class Legend(TypedDict):
    orientation: str
    x: float
    y: float
    yanchor: NotRequired[str]


class UniformText(TypedDict):
    minsize: float
    mode: str


class Stroke(TypedDict):
    color: str
    width: float


class Shape(TypedDict):
    """A line across a figure; on an axis of names the nth has the place n."""

    type: Literal["line"]
    x0: float
    x1: float
    y0: float
    y1: float
    line: Stroke


class OwnLayout(TypedDict):
    """What a figure says of its own."""

    height: float
    width: NotRequired[float]
    bargap: NotRequired[float]
    legend: NotRequired[Legend]
    uniformtext: NotRequired[UniformText]
    shapes: NotRequired[list[Shape]]
    xaxis: NotRequired[AxisLayout]
    xaxis2: NotRequired[AxisLayout]
    yaxis: NotRequired[AxisLayout]


class Layout(OwnLayout):
    """With what every figure has (charts/base.py)."""

    separators: str
    paper_bgcolor: str
    plot_bgcolor: str
    margin: Edges
    showlegend: bool
    font: Font
    hoverlabel: HoverLabel
