"""A grammar whose every story is known: how many there are, and how much each of them tells.

A story is a pattern with gaps, such as `{hero}`. For each gap's slot one entry is chosen, once, each as
likely as the others and whatever the other slots hold; all later gaps of that slot show the same entry,
perhaps in another form (`{hero.she}`; `{Hero.she}` begins with a capital). An entry may have gaps of other
slots. So a story is a number below the product of the slots' sizes, and all are equally likely.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from gpt2core.i18n import ASSETS

_GAP = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


class Gap(NamedTuple):
    slot: str
    form: str  # "" where a slot has only one
    capital: bool


Pattern: TypeAlias = tuple[str | Gap, ...]


class Grammar:
    """Stories, numbered from 0. Read from assets/stories, whose `forms` name what stands between the bars
    of a slot's entries; a gap that names no form means the first."""

    def __init__(self, story: str, slots: Mapping[str, list[str]], forms: Mapping[str, str]) -> None:
        self._first = {slot: forms.get(slot, "").split("|")[0] for slot in slots}
        self.story_pattern = self._parse(story)
        self.entries: dict[str, list[dict[str, Pattern]]] = {
            slot: [
                dict(zip(forms.get(slot, "").split("|"), map(self._parse, entry.split("|")), strict=True))
                for entry in entries
            ]
            for slot, entries in slots.items()
        }
        self.n_stories = math.prod(len(entries) for entries in self.entries.values())
        self.entropy = math.log(self.n_stories)  # nats a story, all being equally likely
        self.mean_bytes = float(self._mean_bytes(self.story_pattern))

    def story(self, number: int) -> str:
        chosen: dict[str, dict[str, Pattern]] = {}
        for slot, entries in self.entries.items():
            number, at = divmod(number, len(entries))
            chosen[slot] = entries[at]
        return fill(self.story_pattern, chosen)

    def _parse(self, text: str) -> Pattern:
        parts: list[str | Gap] = []
        end = 0
        for found in _GAP.finditer(text):
            slot = found[1].lower()
            gap = Gap(slot, found[2] or self._first[slot], capital=found[1] != slot)
            parts += [text[end : found.start()], gap]
            end = found.end()
        return tuple(part for part in (*parts, text[end:]) if part)

    def _mean_bytes(self, pattern: Pattern) -> Fraction:
        """Exact: means add up, and what an entry's gaps hold does not depend on which entry it is."""
        return sum((self._part_bytes(part) for part in pattern), Fraction())

    def _part_bytes(self, part: str | Gap) -> Fraction:
        if isinstance(part, str):
            return Fraction(len(part.encode()))
        entries = self.entries[part.slot]  # a capital letter has as many bytes as the small one
        return sum((self._mean_bytes(entry[part.form]) for entry in entries), Fraction()) / len(entries)


def fill(pattern: Pattern, chosen: Mapping[str, dict[str, Pattern]]) -> str:
    """The pattern's text, with one entry for each slot."""
    parts: list[str] = []
    for part in pattern:
        if isinstance(part, str):
            parts.append(part)
        else:
            text = fill(chosen[part.slot][part.form], chosen)
            parts.append(text[0].upper() + text[1:] if part.capital else text)
    return "".join(parts)


@cache
def grammar(language: str) -> Grammar:
    data: dict[str, Any] = json.loads((ASSETS / "stories" / f"{language}.json").read_text("utf-8"))
    return Grammar(data["story"], data["slots"], data["forms"])
