"""Types of what a lab shows: blocks that are told apart by `block`."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from gpt2core.serving.messages.figures import Figure
from gpt2core.serving.messages.lab_results import ForwardResult, NextTokenResult


class HeadingBlock(TypedDict):
    block: Literal["heading"]
    text: str


class ParagraphBlock(TypedDict):
    block: Literal["paragraph"]
    text: str
    look: str


class CodeBlock(TypedDict):
    block: Literal["code"]
    text: str
    look: str


class TableBlock(TypedDict):
    block: Literal["table"]
    head: list[str]
    rows: list[list[str]]


class Choice(TypedDict):
    name: str
    figure: Figure
    says: str


class FiguresBlock(TypedDict):
    block: Literal["figures"]
    label: str
    choices: list[Choice]


class SurprisalsBlock(TypedDict):
    """A text whose tokens are coloured by how much they surprised: nats, of each token but the first."""

    block: Literal["surprisals"]
    pieces: list[str]  # a token each; '' where one ends within a character
    surprisals: list[float]


class NextBlock(TypedDict):
    block: Literal["next"]
    data: NextTokenResult


class ForwardBlock(TypedDict):
    block: Literal["forward"]
    data: ForwardResult


Block: TypeAlias = (
    HeadingBlock
    | ParagraphBlock
    | CodeBlock
    | TableBlock
    | FiguresBlock
    | SurprisalsBlock
    | NextBlock
    | ForwardBlock
)
