"""Types of a run's events, told apart by `stage`, and of what else a part of the page is told.

Types only. `assets/live/types.d.ts` is generated from them (tests/js/generate_types.py), so a field that
is renamed here alone fails mypy where it is written and tsc where it is read.
"""

from __future__ import annotations

from typing import Literal, Never, NotRequired, TypeAlias, TypedDict

from gpt2core.page_types.blocks import Block
from gpt2core.page_types.fields import ModelField, ShapeConfig


class _Told(TypedDict):
    notice: NotRequired[Literal["quota"]]  # no GPU time is left: this runs on the CPU


class _Working(_Told):
    """There is no result yet."""

    done: NotRequired[Literal[False]]
    blocks: NotRequired[list[Block]]  # of a lab that shows what it has as it goes on


class WaitEvent(_Working):
    stage: Literal["wait"]
    place: NotRequired[int]  # in line, from 1 on
    progress: NotRequired[Never]


class BuildEvent(_Working):
    """The weights are drawn."""

    stage: Literal["build"]
    progress: float  # 0 to 1
    place: NotRequired[Never]


class CountEvent(_Working):
    """The model stands and is counted in three ways."""

    stage: Literal["count"]
    place: NotRequired[Never]
    progress: NotRequired[Never]


class NoticeEvent(TypedDict):
    """Comes before the events of the run that it speaks of, and again with each of them."""

    stage: NotRequired[Never]
    notice: Literal["quota"]
    done: NotRequired[Never]
    blocks: NotRequired[Never]
    place: NotRequired[Never]
    progress: NotRequired[Never]


class BuiltEvent(_Told):
    """The built model, and whether the three ways to count it agree. Bytes and seconds are measured."""

    stage: Literal["built"]
    done: Literal[True]
    config: ShapeConfig
    seed: int
    device: str
    device_name: str
    dtype: str
    seconds: float
    weight_bytes: int
    memory_before: int
    memory_after: int
    reused: bool
    closed_form: int
    unique_total: int
    per_module_total: int
    tying_correction: int
    agrees: bool
    table: str


class Distribution(TypedDict):
    """The likeliest next tokens before and after temperature. Entropies are in nats."""

    ids: list[int]
    labels: list[str]
    before: list[float]
    after: list[float]
    entropy_before: float
    entropy_after: float
    entropy_maximum: float
    temperature: float


class _Text(_Told):
    """Everything that has been sampled so far."""

    done: bool
    n_tokens: int
    stop_reason: str | None
    tokens_per_second: float
    block_size: int
    device: str
    dtype: str


class GenerateEvent(_Text):
    stage: Literal["generate"]
    text: str
    tokens: list[int]
    repeat_share: float  # 0 to 1
    start_token: str | None  # what stands in for an empty prompt
    probability: float


class CompareEvent(_Text):
    """The same prompt and noise at several temperatures; the lists have an entry for each."""

    stage: Literal["compare"]
    texts: list[str]
    temperatures: list[float]
    entropies: list[float]  # nats
    repeat_shares: list[float]  # 0 to 1


class LabWorkingEvent(_Working):
    stage: Literal["lab"]
    place: NotRequired[Never]
    progress: NotRequired[Never]


class LabEvent(_Told):
    """What a lab has found, and the model it was found on, where that is a single one."""

    stage: Literal["lab"]
    done: Literal[True]
    blocks: list[Block]
    lab: NotRequired[str]
    config: NotRequired[ShapeConfig]
    seed: NotRequired[int]


class RefusalEvent(TypedDict):
    """The end of a run that was refused or failed, as one sentence."""

    error: str


WorkingEvent: TypeAlias = WaitEvent | BuildEvent | CountEvent | NoticeEvent | LabWorkingEvent
# What each kind of run tells.
BuildRunEvent: TypeAlias = WorkingEvent | BuiltEvent | RefusalEvent
GenerateRunEvent: TypeAlias = WorkingEvent | GenerateEvent | RefusalEvent
CompareRunEvent: TypeAlias = WorkingEvent | CompareEvent | RefusalEvent
LabRunEvent: TypeAlias = WorkingEvent | LabEvent | RefusalEvent
PageEvent: TypeAlias = BuildRunEvent | GenerateRunEvent | CompareRunEvent | LabRunEvent


class Counted(TypedDict):
    """`asked` is what was counted, so that the page can tell an answer that comes too late."""

    asked: dict[ModelField, object]
    unique_total: int


class NotCounted(TypedDict):
    asked: dict[ModelField, object]
    error: str


Confirmation: TypeAlias = Counted | NotCounted


# What the values of the page's parts hold, by the kind of part (live.part).
class PartValues(TypedDict):
    control: float | str
    switch: bool
    prompt: str
    chart: Distribution | None
    numbers: Confirmation | None
    build: BuildRunEvent | None
    generation: GenerateRunEvent | None
    comparison: CompareRunEvent | None
    lab: LabRunEvent | None
    more: None
    presets: None
    pin: None
    compare: None
    header: None
    navigation: None
    temperature: None
    takeHome: None
    sheet: None
    drawing: None
    lesson: None
    wayback: None
