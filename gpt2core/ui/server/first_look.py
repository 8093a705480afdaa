"""What a link says of the page's first screen. The browser reads the same link into live/store.js; what is
wrong in it is put right here as it is there."""

from __future__ import annotations

from dataclasses import dataclass

from gpt2core.config import GPTConfig, nearest_heads
from gpt2core.lesson import Step, steps
from gpt2core.link_grammar import Link
from gpt2core.validation import CHOICES, FORMER_TABS, LIMITS, SHAPE_FIELDS, TABS, parse_config


@dataclass(frozen=True)
class FirstLook:
    """All but the shape. `step` is the one of the lesson that is open, if any, and `watch` what it says to
    look at in the tab that it opens."""

    tab: str
    step: Step | None
    watch: str
    pinned: bool
    projector: bool
    locked: frozenset[str]
    hidden: frozenset[str]

    @property
    def fixes_shape(self) -> bool:
        """Whether presets could change what is fixed."""
        return bool(self.locked & set(SHAPE_FIELDS))

    @classmethod
    def of(cls, link: Link, lang: str) -> FirstLook:
        step = {str(step.number): step for step in steps(lang)}.get(link.words.get("step", ""))
        named = link.words.get("tab", "lesson" if "step" in link.words else TABS[0])
        tab = FORMER_TABS[named][0] if named in FORMER_TABS else named
        return cls(
            tab=tab if tab in TABS else TABS[0], step=step,
            watch=step.look if step and step.tab == tab else "",
            pinned="pin" in link.values, projector=link.words.get("projector") == "1",
            locked=_names(link, "lock"), hidden=_names(link, "hide"),
        )  # fmt: skip


def _names(link: Link, word: str) -> frozenset[str]:
    return frozenset(link.words.get(word, "").split(","))


def shape_in(link: Link, locked: frozenset[str] = frozenset()) -> GPTConfig:
    """The shape with which the page of a link begins. What the link says wrongly is the default's, and
    heads that do not divide the width give way to the nearest that do, or, where they are fixed, the width
    to them."""
    said: dict[str, object] = {field: link.values[field] for field in SHAPE_FIELDS if field in link.values}
    heads, width = (int(link.values.get(field, LIMITS[field].default)) for field in ("n_head", "n_embd"))
    if width % heads and "n_head" in locked:
        default = int(LIMITS["n_embd"].default)
        below = heads * (default // heads)
        allowed = [n for n in (below, below + heads) if n >= LIMITS["n_embd"].minimum]
        said["n_embd"] = _nearest(default, allowed)
    elif width % heads:
        said["n_head"] = _nearest(heads, nearest_heads(heads, width))
    return parse_config(said)


def _nearest(wanted: int, choices: list[int]) -> int:
    """Of two that are as near, the smaller."""
    return min(choices, key=lambda n: (abs(n - wanted), n))


def dtype_in(link: Link, offered: tuple[str, ...]) -> str:
    """The number format that the page will begin with; what the device offers may not be known yet."""
    choices = offered or CHOICES["dtype"]
    wanted = link.values.get("dtype")
    return wanted if isinstance(wanted, str) and wanted in choices else choices[0]
