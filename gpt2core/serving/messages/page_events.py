"""What handlers send to the browser: the engine's updates, what labs show, and refusals as sentences."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.events import (
    BuildEvent,
    BuiltEvent,
    CompareEvent,
    CountEvent,
    Distribution,
    GenerateEvent,
    LabEvent,
    Update,
    WaitEvent,
)
from gpt2core.serving.messages.fields import ModelField, Notice, ShapeConfig
from gpt2core.serving.messages.training_events import ForgottenEvent, ScoreEvent, TrainEvent


class LabWaitEvent(WaitEvent):
    """A lab that waits for its next model, with what it shows meanwhile."""

    blocks: list[Block]


class LabBuildEvent(BuildEvent):
    """A lab whose next model is being built, with what it shows meanwhile."""

    blocks: list[Block]


class LabShownEvent(TypedDict):
    """What a lab has found, and the model it was found on, where that is a single one."""

    stage: Literal["lab_shown"]
    done: Literal[True]
    blocks: list[Block]
    config: NotRequired[ShapeConfig]
    seed: NotRequired[int]
    dtype: NotRequired[str]
    weights: NotRequired[str]
    notice: NotRequired[Notice]


class RefusalEvent(TypedDict):
    """The end of a run that was refused or failed, as one sentence."""

    stage: Literal["refused"]
    error: str


def refusal(sentence: str) -> RefusalEvent:
    return {"stage": "refused", "error": sentence}


# What a handler hears of its job (ui/dispatch.py).
RunEvent: TypeAlias = Update | RefusalEvent

WorkingEvent: TypeAlias = WaitEvent | BuildEvent | CountEvent | LabEvent | LabWaitEvent | LabBuildEvent
# What each kind of run tells.
BuildRunEvent: TypeAlias = WorkingEvent | BuiltEvent | RefusalEvent
GenerateRunEvent: TypeAlias = WorkingEvent | GenerateEvent | RefusalEvent
CompareRunEvent: TypeAlias = WorkingEvent | CompareEvent | RefusalEvent
LabRunEvent: TypeAlias = WorkingEvent | LabShownEvent | RefusalEvent
TrainRunEvent: TypeAlias = WorkingEvent | TrainEvent | RefusalEvent
ScoreRunEvent: TypeAlias = WorkingEvent | ScoreEvent | RefusalEvent
ForgetRunEvent: TypeAlias = WorkingEvent | ForgottenEvent | RefusalEvent


class BeforeAfterEvent(TypedDict):
    """The same texts by random weights, and by those that a run has learnt. None: nothing of it yet."""

    stage: Literal["before_after"]
    done: bool
    before: CompareEvent
    after: CompareEvent | None


BeforeAfterRunEvent: TypeAlias = WorkingEvent | BeforeAfterEvent | RefusalEvent
PageEvent: TypeAlias = (
    BuildRunEvent | GenerateRunEvent | CompareRunEvent | LabRunEvent | TrainRunEvent | ForgetRunEvent
    | BeforeAfterRunEvent | ScoreRunEvent
)  # fmt: skip


class Example(TypedDict):
    """What a run shows until it is started: what a GPT-2 has shown elsewhere (assets/examples)."""

    config: ShapeConfig
    seed: int
    prompt: NotRequired[str]  # where it makes a difference
    source: NotRequired[str]  # of what is learnt
    cores: NotRequired[int]  # of the CPU, where times were measured on it
    event: PageEvent  # the run's last
    distribution: NotRequired[Distribution]  # of the newest step, for its chart


class Counted(TypedDict):
    """`asked` is what was counted, so that the page can tell an answer that comes too late."""

    asked: dict[ModelField, object]
    unique_total: int


class NotCounted(TypedDict):
    asked: dict[ModelField, object]
    error: str


Confirmation: TypeAlias = Counted | NotCounted


class PartValues(TypedDict):
    """What the values of the page's parts hold, by the kind of part (ui/components/html.py)."""

    control: float | str
    switch: bool
    choice: str
    prompt: str
    chart: Distribution | None
    numbers: Confirmation | None
    build: BuildRunEvent | None
    generation: GenerateRunEvent | None
    comparison: CompareRunEvent | None
    lab: LabRunEvent | None
    forward: LabRunEvent | None
    training: TrainRunEvent | None
    forgotten: ForgetRunEvent | None
    beforeAfter: BeforeAfterRunEvent | None
    source: str
    ownText: str
    weights: str
    more: None
    presets: None
    pin: None
    compare: None
    header: None
    navigation: None
    temperature: None
    tiles: None
    sections: None
    toGenerate: None
    sheet: None
    drawing: None
    lesson: None
    wayback: None
