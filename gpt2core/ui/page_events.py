"""What handlers send to the browser: the engine's updates, and a refusal in the visitor's own words."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from gpt2core.serving.messages import BuildEvent, ShapeData, Update, WaitEvent
from gpt2core.ui.components.blocks import Block


class Refusal(TypedDict):
    """Why there is no result, as one sentence."""

    stage: Literal["refused"]
    error: str


class LabWaiting(WaitEvent):
    """A lab that waits for its next model, with what it shows meanwhile."""

    blocks: list[Block]


class LabBuilding(BuildEvent):
    """A lab whose next model is being built, with what it shows meanwhile."""

    blocks: list[Block]


class LabShown(TypedDict):
    """What a lab shows in the end."""

    stage: Literal["lab"]
    done: Literal[True]
    seed: NotRequired[int]
    config: NotRequired[ShapeData]
    blocks: list[Block]


PageEvent: TypeAlias = Update | LabWaiting | LabBuilding | LabShown | Refusal


def refusal(sentence: str) -> Refusal:
    return {"stage": "refused", "error": sentence}
