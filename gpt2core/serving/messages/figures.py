"""Types of the figures that the browser draws: what of Plotly's traces this app sends."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from gpt2core.serving.messages.layout import Axis, Cell, Edges, Layout

Expression: TypeAlias = list[str]  # ["a", "-b"]: the count a less the count b
Path: TypeAlias = list[str | int]  # the way to an open place: ["data", 0, "x"]


class Line(TypedDict, total=False):
    color: str
    width: float
    dash: str


class Marker(TypedDict, total=False):
    """Of bars and points."""

    color: str | list[str]
    opacity: list[float]
    size: float
    symbol: str


class Bars(TypedDict):
    type: Literal["bar"]
    x: list[Cell]
    y: list[Cell]
    marker: Marker
    orientation: NotRequired[Literal["h"]]
    name: NotRequired[str]
    base: NotRequired[list[float]]
    width: NotRequired[float]
    customdata: NotRequired[list[float]]
    texttemplate: NotRequired[str | list[str]]
    textposition: NotRequired[str]
    textangle: NotRequired[float]
    hovertemplate: NotRequired[str]
    cliponaxis: NotRequired[bool]
    xaxis: NotRequired[str]


class Lines(TypedDict):
    type: Literal["scatter"]
    mode: str
    x: list[Cell]
    y: list[float]
    name: NotRequired[str]
    line: NotRequired[Line]
    marker: NotRequired[Marker]
    cliponaxis: NotRequired[bool]
    hoverinfo: NotRequired[str]
    hovertemplate: NotRequired[str]


class ColorBar(TypedDict):
    thickness: float
    tickvals: list[float]
    ticktext: list[str]


class Heatmap(TypedDict):
    type: Literal["heatmap"]
    x: list[int]
    y: list[int]
    z: list[list[float | None]]
    zmin: float
    zmax: float
    colorscale: list[tuple[float, str]]
    colorbar: ColorBar
    xgap: float
    ygap: float
    hoverongaps: bool
    text: list[list[str]]
    hovertemplate: str
    showscale: NotRequired[bool]


class TileMarker(TypedDict):
    colors: list[str]
    line: Line
    pad: Edges


class TileFont(TypedDict):
    color: list[str]


class PathBar(TypedDict):
    visible: bool
    thickness: float


class Tiling(TypedDict):
    packing: str


class Tiles(TypedDict):
    """A treemap; all lists have an entry for each tile."""

    type: Literal["treemap"]
    branchvalues: str
    ids: list[str]
    labels: list[str]
    parents: list[str]
    values: list[float]
    customdata: list[float]
    texttemplate: list[str]
    marker: TileMarker
    textfont: TileFont
    hovertemplate: str
    pathbar: PathBar
    tiling: Tiling
    sort: bool
    maxdepth: int


Trace: TypeAlias = Bars | Lines | Heatmap | Tiles


class Figure(TypedDict):
    """What Plotly draws."""

    data: list[Trace]
    layout: Layout


class ShortBars(TypedDict):
    """A chart's names where there is little room; of bars also their texts, and the pixels beside the
    longest."""

    labels: list[str]
    texttemplate: str
    room: float


class Chart(TypedDict):
    """A figure with open places: charts.py says what belongs where, figures.js fills it in."""

    title: str
    figure: Figure
    bind: list[tuple[Path, list[Expression]]]
    rows: list[tuple[str, Expression]]
    shares: NotRequired[list[tuple[Path, list[str], str]]]
    room: NotRequired[tuple[Axis, float]]
    short: NotRequired[ShortBars]


ChartKind: TypeAlias = Literal["bar", "treemap", "waterfall", "distribution", "temperature", "training"]
Charts: TypeAlias = dict[ChartKind, Chart]
