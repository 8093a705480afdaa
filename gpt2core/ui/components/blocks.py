"""What a lab shows, as plain data: assets/live/lab.js puts it on screen, words as text, never markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, TypedDict

from gpt2core.charts.base import Figure
from gpt2core.serving.messages.lab_results import NextTokenResult


class TextBlock(TypedDict):
    """`look` is a class of the style sheet: 'hint', 'verdict good', 'verdict bad', 'good', 'bad' or ''."""

    block: Literal["heading", "paragraph", "code"]
    text: str
    look: str


class TableBlock(TypedDict):
    block: Literal["table"]
    head: list[str]
    rows: list[list[str]]


class Choice(TypedDict):
    """A chart, and what it says in words."""

    name: str
    figure: Figure
    says: str


class FiguresBlock(TypedDict):
    """Charts of which one is shown; `label` names the choice."""

    block: Literal["figures"]
    label: str
    choices: list[Choice]


class NextTokenBlock(TypedDict):
    """Logits that the temperature lab draws from."""

    block: Literal["next"]
    data: NextTokenResult


Block: TypeAlias = TextBlock | TableBlock | FiguresBlock | NextTokenBlock


def heading(text: str) -> Block:
    return {"block": "heading", "text": text, "look": ""}


def paragraph(text: str, look: str = "") -> Block:
    return {"block": "paragraph", "text": text, "look": look}


def code(text: str, look: str = "") -> Block:
    return {"block": "code", "text": text, "look": look}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Block:
    return {"block": "table", "head": list(head), "rows": [list(row) for row in rows]}


def figure(drawn: Figure, says: str) -> Block:
    """A chart, and what it says in words."""
    return {"block": "figures", "label": "", "choices": [{"name": "", "figure": drawn, "says": says}]}


def figures(label: str, choices: Sequence[tuple[str, Figure, str]]) -> Block:
    """Charts of which one is shown: name, figure, and what it says in words. `label` names the choice."""
    shown: list[Choice] = [{"name": name, "figure": drawn, "says": says} for name, drawn, says in choices]
    return {"block": "figures", "label": label, "choices": shown}


def next_token(found: NextTokenResult) -> Block:
    return {"block": "next", "data": found}
