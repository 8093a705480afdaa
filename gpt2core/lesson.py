"""The lesson's steps, read from assets/lesson/<lang>/NN-name.md.

NN is the step's number: links know the step by it, so it stays, wherever ORDER puts the step.
A file is a header of `set:` (a preset, then `field=value`), `tab:` (which one 'try it' opens), `at:`
(the id of the element that is meant there), `right:` (the number of the right choice) and `look:` (what
to watch), a title, and the sections `predict` (with its choices and, behind `>`, what is said about each),
`do` and `explain`. In the text, code such as `=component.mlp / unique_total` is a number that the page
counts for the shape its controls hold, and `@lab.qkv_button` is what that button or tab is called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from gpt2core.charts.base import QUANTITIES
from gpt2core.config import PRESETS
from gpt2core.i18n import ASSETS, t
from gpt2core.validation import (
    CHOICES,
    RANDOM,
    SHAPE_FIELDS,
    TABS,
    WORDS,
    parse_choice,
    parse_config,
    parse_sampling,
    parse_word,
)

# The numbers of all steps, in the order in which they are read. A new step takes a new number: links to the
# others (`step=10`, `solved=1-3-10`) go on to mean what they meant.
ORDER = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10)

_SECTIONS = ("predict", "do", "explain")
_CHOICE = re.compile(r"^- (.+)\n  > (.+)$", re.MULTILINE)
# =a - b / c @ field*2: a less b, as a share of c, in the shape that has twice of `field`
_COUNTED = re.compile(r"=(?P<of>[^/@]+?)(?: / (?P<over>\S+))?(?: @ (?P<at>\w+\*\d+))?")
_COUNTABLE = {*QUANTITIES, *SHAPE_FIELDS, "head_dim"}


@dataclass(frozen=True)
class Choice:
    """A guess, and what is said to whoever made it; both HTML."""

    label: str
    reply: str


@dataclass(frozen=True)
class Step:
    """One step. `intro`, `question`, `do` and `explain` are HTML; `title` and `look` plain text."""

    number: int  # by which links know it
    title: str
    settings: dict[str, Any]  # what 'try it' puts into the page's controls
    tab: str  # one of TABS
    at: str  # the id of the element that the step means
    right: int  # which choice is right, counted from 0
    look: str
    intro: str
    question: str
    choices: tuple[Choice, ...]
    do: str
    explain: str

    @property
    def place(self) -> int:
        """Which one it is for whoever reads the lesson, counted from 1."""
        return ORDER.index(self.number) + 1


@cache
def steps(lang: str) -> tuple[Step, ...]:
    """The lesson in one language, in its order. Raises ValueError for a file that is not as described
    above, or whose step has no place."""
    return tuple(sorted(map(read, (ASSETS / "lesson" / lang).glob("*.md")), key=lambda step: step.place))


def read(path: Path) -> Step:
    """The step in one file, which lies in a folder named by its language. Raises ValueError, ConfigError
    for a setting out of range, or KeyError for a text that the page does not have."""
    _, header, body = path.read_text(encoding="utf-8").split("---\n", 2)
    said = dict(line.split(": ", 1) for line in header.splitlines())
    if said["tab"] not in TABS:
        raise ValueError(f"{path.name}: no tab {said['tab']!r}")
    top, *parts = re.split(rf"^## ({'|'.join(_SECTIONS)})\n", body, flags=re.MULTILINE)
    if tuple(parts[::2]) != _SECTIONS:
        raise ValueError(f"{path.name}: its sections are {parts[::2]}, not {_SECTIONS}")
    title, intro = top.lstrip("# \n").split("\n", 1)
    predict, do, explain = parts[1::2]
    env = {"lang": path.parent.name}
    choices = tuple(
        Choice(_line(guess, env), _line(reply, env)) for guess, reply in _CHOICE.findall(predict)
    )
    right = int(said["right"]) - 1
    if not 0 <= right < len(choices):
        raise ValueError(f"{path.name}: no choice {said['right']}")
    return Step(
        number=int(path.stem.split("-")[0]), title=title,
        settings=_settings(said["set"]), tab=said["tab"], at=said["at"], right=right,
        look=re.sub(r"`@([\w.]+)`", lambda name: t(name[1], env["lang"]), said["look"]),
        intro=_html(intro, env), question=_line(_CHOICE.sub("", predict).strip(), env), choices=choices,
        do=_html(do, env), explain=_html(explain, env),
    )  # fmt: skip


def _settings(line: str) -> dict[str, Any]:
    preset, *changes = line.split()
    # What is taught is taught of random weights: others that a visitor has chosen would belie it.
    values = asdict(PRESETS[preset]) | {"weights": RANDOM}
    values |= {name: json.loads(value) for name, value in (change.split("=") for change in changes)}
    parse_choice("dtype", values.get("dtype", CHOICES["dtype"][0]))
    parse_word("source", values.get("source", WORDS["source"][1]))
    parse_sampling({"temperature": values.get("temperature", 1.0)}, parse_config(values).vocab_size)
    return values


_markdown = MarkdownIt("commonmark", {"html": False})


def _html(text: str, env: dict[str, str]) -> str:
    return str(_markdown.render(text, env))


def _line(text: str, env: dict[str, str]) -> str:
    return str(_markdown.renderInline(text, env))


def _code(renderer: Any, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
    code = tokens[i].content
    if code.startswith("@"):
        return f"<strong>{escape(t(code[1:], env['lang']))}</strong>"
    if not code.startswith("="):
        return f"<code>{escape(code)}</code>"
    found = _COUNTED.fullmatch(code)
    of = found["of"].replace("- ", "-").split() if found else []
    unknown = {name.lstrip("-") for name in of} | ({found["over"]} if found and found["over"] else set())
    if not found or unknown - _COUNTABLE:
        raise ValueError(f"{code!r} cannot be counted")
    asked = {"of": " ".join(of), "over": found["over"], "at": found["at"]}
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in asked.items() if value)
    return f'<b class="counted"{data}></b>'


def _link(renderer: Any, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
    # A Space shows the page in a frame, where other sites refuse to open.
    return f'<a href="{escape(str(tokens[i].attrs["href"]))}" target="_blank" rel="noopener">'


_markdown.add_render_rule("code_inline", _code)
_markdown.add_render_rule("link_open", _link)
