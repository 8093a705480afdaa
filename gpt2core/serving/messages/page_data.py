"""Types of the data that the page starts with."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from gpt2core.serving.messages.fields import (
    Component,
    Dim,
    GenerateField,
    Language,
    ModelField,
    Polynomial,
    ShapeConfig,
    ShapeField,
    SizeField,
    Unit,
)  # fmt: skip
from gpt2core.serving.messages.figures import Charts

Parts: TypeAlias = list[tuple[int, str]]  # [(4, "right")]: four times the polynomial of that name
Cause: TypeAlias = Component | Literal["total"]


class CounterRow(TypedDict):
    name: str
    cells: tuple[Parts, Parts]  # what it counts, and how far that is from the right number
    cause: Cause
    only: NotRequired[str]  # the preset that it speaks of


class CounterSheet(TypedDict):
    rows: list[CounterRow]


class CostMarks(TypedDict, total=False):
    """What sets a row apart."""

    total: bool  # the sum of rows above it
    aside: bool  # no part of any sum
    against: Parts  # what it is measured by


class CostRow(CostMarks):
    name: str
    cells: list[Parts | None]  # None: there is no such cell


class CostSheet(TypedDict):
    columns: tuple[str, ...]
    unit: Unit
    rows: list[CostRow]
    column_of: dict[str, int]  # number format -> which column is in it, where they differ in that


class Needs(TypedDict):
    """What has to fit on a device."""

    inference: Parts
    training: Parts
    sequence: Parts  # what a batch multiplies


class DeviceSheet(TypedDict):
    devices: dict[str, int]  # name -> gigabytes
    needs: dict[str, Needs]  # by number format


class AllSheets(TypedDict):
    counters: CounterSheet
    memory: CostSheet
    flops: CostSheet
    devices: DeviceSheet


class TensorRow(TypedDict):
    name: str
    component: Component
    shape: tuple[Dim, ...]
    factor: Literal["bias", "untied"] | None
    per_block: bool


class Sheets(TypedDict):
    polynomials: dict[str, Polynomial]
    sheets: AllSheets
    pad_to: int
    table: list[TensorRow]


class Limit(TypedDict):
    minimum: float
    maximum: float
    default: float


class LinkData(TypedDict):
    names: tuple[str, ...]
    unsaid: dict[str, float]  # what a link means that says other things of a model, and nothing of these
    lock: tuple[str, ...]
    hide: tuple[str, ...]
    former_tabs: dict[str, tuple[str, str]]  # name -> the tab that has it now, and its section there
    longest: int
    longest_drawn: int
    space_page: str


class TrainingData(TypedDict):
    """What can be learnt in a minute."""

    shapes: dict[str, ShapeConfig]  # source -> a shape that does
    most_parameters: int
    most_vocab: int
    least_vocab: int  # to hold any text
    most_characters: int  # of a text of the visitor's own


class PageData(TypedDict):
    """What the browser needs to count and draw by itself."""

    lang: Language
    limits: dict[str, Limit]
    sliders: dict[str, tuple[float, float, float]]
    logarithmic: tuple[str, ...]
    size_fields: tuple[SizeField, ...]
    shape_fields: tuple[ShapeField, ...]
    model_fields: tuple[ModelField, ...]
    generate_fields: tuple[GenerateField, ...]
    fractional: tuple[str, ...]
    choices: dict[str, tuple[str, ...]]
    # field -> the pattern of what it may hold, and what it holds at first
    words: dict[str, tuple[str, str]]
    dtype_bytes: dict[str, int]
    presets: dict[str, ShapeConfig]
    quantities: dict[str, Polynomial]
    units: dict[str, Unit]
    components: tuple[Component, ...]
    colors: dict[Cause, str]
    inks: dict[Component, str]
    labelled_share: float
    charts: Charts
    training: TrainingData
    sheets: Sheets
    labs: list[str]
    tabs: tuple[str, ...]
    texts: dict[str, str]
    link: LinkData
