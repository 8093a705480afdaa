"""The panel behind the header's Share button; share.js brings both to life."""

from __future__ import annotations

from dataclasses import dataclass

from gpt2core.ui.links import LOCK_NAMES, PARTS


@dataclass(frozen=True)
class Line:
    """A control that a teacher's link may hide, and fix where it is `lockable`; `label` is the text that
    names it."""

    name: str
    label: str
    lockable: bool


_LINES = (
    *(Line(name, label, lockable=False) for name, label in PARTS.items()),
    *(Line(name, f"field.{name}", lockable=True) for name in LOCK_NAMES),
)
# What students move in most lessons: one press in the panel fixes all else.
_ONLY = ("n_layer", "n_head", "n_embd", "temperature", "prompt")
# A file of the shape in the sliders, which server/downloads.py makes -> the text that names it.
_FILES = {"script.py": "script", "tensors.csv": "tensors", "config.json": "config"}
# What share.html needs.
PANEL = {"share": _LINES, "only": _ONLY, "files": _FILES}
