"""What a lab shows, as plain data: assets/live/lab.js puts it on screen, words as text, never markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from gpt2core.figures import Figure

Block: TypeAlias = dict[str, Any]


def heading(text: str) -> Block:
    return {"block": "heading", "text": text}


def paragraph(text: str, look: str = "") -> Block:
    """`look`: 'hint', 'verdict good' or 'verdict bad'."""
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
    shown = [{"name": name, "figure": drawn, "says": says} for name, drawn, says in choices]
    return {"block": "figures", "label": label, "choices": shown}
