"""What a lab shows, as plain data: assets/live/lab.js puts it on screen, words as text, never markup."""

from __future__ import annotations

from collections.abc import Sequence

from gpt2core.serving.messages.blocks import (
    CodeBlock,
    FiguresBlock,
    ForwardBlock,
    HeadingBlock,
    NextBlock,
    ParagraphBlock,
    SurprisalsBlock,
    TableBlock,
)
from gpt2core.serving.messages.figures import Figure
from gpt2core.serving.messages.lab_results import ForwardResult, NextTokenResult


def heading(text: str) -> HeadingBlock:
    return {"block": "heading", "text": text}


def paragraph(text: str, look: str = "") -> ParagraphBlock:
    return {"block": "paragraph", "text": text, "look": look}


def code(text: str, look: str = "") -> CodeBlock:
    return {"block": "code", "text": text, "look": look}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> TableBlock:
    return {"block": "table", "head": list(head), "rows": [list(row) for row in rows]}


def figure(drawn: Figure, says: str) -> FiguresBlock:
    """A chart, and what it says in words."""
    return {"block": "figures", "label": "", "choices": [{"name": "", "figure": drawn, "says": says}]}


def figures(label: str, choices: Sequence[tuple[str, Figure, str]]) -> FiguresBlock:
    """Charts of which one is shown: name, figure, and what it says in words. `label` names the choice."""
    return {
        "block": "figures", "label": label,
        "choices": [{"name": name, "figure": drawn, "says": says} for name, drawn, says in choices],
    }  # fmt: skip


def surprisals(pieces: Sequence[str], nats: Sequence[float]) -> SurprisalsBlock:
    """A text in its tokens, each but the first with how much it surprised."""
    return {"block": "surprisals", "pieces": list(pieces), "surprisals": list(nats)}


def next_token(found: NextTokenResult) -> NextBlock:
    return {"block": "next", "data": found}


def forward(found: ForwardResult) -> ForwardBlock:
    return {"block": "forward", "data": found}
