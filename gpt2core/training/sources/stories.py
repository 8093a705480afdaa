"""Stories of a grammar: text whose entropy is known, so that one sees how much is left to learn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from gpt2core.config import GPTConfig
from gpt2core.training.sources.grammar import grammar
from gpt2core.training.sources.row import (
    Row,
    all_counted,
    check_length,
    draws,
    encoder,
    packed,
    start_token,
)

VALIDATION_BYTES = 16_000  # at least; the last story is whole
# A space before a word opens a token, so words, each with its space, can be encoded one by one; there are a
# few hundred of them.
_WORD = re.compile(r" ?[^ ]+")


class StorySource:
    """Stories one after another; a row begins where a story does, or holds a part of one that is longer.

    Stories that are held out are left out of what is learned from. There are a few hundred of them among
    10^12: nothing else changes, and the floor stays the grammar's.
    """

    prompt = ""
    has_answers = False

    def __init__(self, name: str, config: GPTConfig) -> None:
        self.name = name
        self._language = name.removeprefix("stories-")
        self._grammar = grammar(self._language)
        self._start, self._encode_word = start_token(config), cache(encoder(config))
        held_out = held_out_numbers(self._language)
        self._held_out = frozenset(held_out)
        self._texts = [self._grammar.story(number) for number in held_out]
        self.validation_bytes = sum(len(text.encode()) for text in self._texts)
        self.floor: float | None = self._grammar.entropy / self._grammar.mean_bytes
        self.validation_floor: float | None = len(held_out) * self._grammar.entropy / self.validation_bytes

    def rows(self, seed: int, step: int, n: int, length: int) -> list[Row]:
        check_length(length)
        stories = map(self._grammar.story, self._numbers(seed, step))
        parts = draws(self.name, "part", seed, step)
        return [self._row(stories, parts, length) for _ in range(n)]

    def _row(self, stories: Iterator[str], parts: Iterator[int], length: int) -> Row:
        ids = self._encode(next(stories))
        room = length - 1
        if len(ids) > room:  # any of the parts in which a held-out one is read
            part = next(parts) % -(-len(ids) // room)
            return all_counted(self._start, ids[part * room :], length)
        while len(ids) < room:
            # Alone as among others: no token reaches over the end of a line.
            ids += self._encode(next(stories))
        return all_counted(self._start, ids, length)

    def _encode(self, text: str) -> list[int]:
        return [token for word in _WORD.findall(text) for token in self._encode_word(word)]

    def _numbers(self, seed: int, step: int) -> Iterator[int]:
        numbers = (drawn % self._grammar.n_stories for drawn in draws(self.name, seed, step))
        return (number for number in numbers if number not in self._held_out)

    def validation(self, length: int) -> list[Row]:
        encoded = map(self._encode, self._texts)
        return list(packed(self._start, (Row(ids, [True] * len(ids)) for ids in encoded), length))

    def questions(self) -> list[tuple[str, str]]:
        return []


@cache
def held_out_numbers(language: str) -> tuple[int, ...]:
    """The held-out stories: as many as VALIDATION_BYTES take."""
    stories, found, size = grammar(language), dict[int, None](), 0
    for drawn in draws("validation", language):
        if size >= VALIDATION_BYTES:
            break
        number = drawn % stories.n_stories
        if number not in found:
            found[number] = None
            size += len(stories.story(number).encode())
    return tuple(found)
