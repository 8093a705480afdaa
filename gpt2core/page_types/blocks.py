"""Types of what a lab shows: blocks that are told apart by `block`.

Types only. `assets/live/types.d.ts` is generated from them (tests/js/generate_types.py), so a field that
is renamed here alone fails mypy where it is written and tsc where it is read.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from gpt2core.page_types.figures import Figure


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


class NextLogits(TypedDict):
    """The next token's logits, less the largest: the likeliest one by one, the others by bin."""

    vocab_size: int
    top: list[tuple[str, float]]
    bins: list[tuple[float, int]]
    std: float


class NextBlock(TypedDict):
    block: Literal["next"]
    data: NextLogits


Block: TypeAlias = HeadingBlock | ParagraphBlock | CodeBlock | TableBlock | FiguresBlock | NextBlock
