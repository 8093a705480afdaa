"""Exercises with one right answer each. Only answers are counted, so a loss of 0 can be reached."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Final

from gpt2core.config import GPTConfig
from gpt2core.errors import ConfigError
from gpt2core.training.sources.row import Row, draws, encoder, packed, start_token

MAX_QUESTIONS = 500
HELD_OUT = 10  # of so many cases, one is held out
_KEPT = 2**14  # encoded cases: all sums


@dataclass(frozen=True)
class Exercise:
    """All cases of one kind, numbered from 0."""

    n_cases: int
    longest: int  # characters of the longest case, its end of line included
    case: Callable[[int], tuple[str, str]]  # the question, and its answer
    alike: Callable[[int], str]  # the same for cases that are held out together


def _sum(number: int) -> tuple[str, str]:
    left, right = divmod(number, 100)
    return f"{left}+{right}=", str(left + right)


def _sorting(number: int) -> tuple[str, str]:
    digits = f"{number:05}"
    return f"{digits}>", "".join(sorted(digits))


EXERCISES: Final = {
    # Who has seen 34+12 knows 12+34.
    "sums": Exercise(100 * 100, len("99+99=198\n"), _sum, lambda number: str(sorted(divmod(number, 100)))),
    "sorting": Exercise(10**5, len("52816>12568\n"), _sorting, str),
}


class ExerciseSource:
    """Exercises one after another, all cases but the held-out ones equally likely.

    Raises ConfigError for a context that has no room for one.
    """

    has_answers = True

    def __init__(self, name: str, config: GPTConfig) -> None:
        self.name = name
        self._exercise = EXERCISES[name]
        needed = 1 + self._exercise.longest  # the start token is in it too
        if config.block_size < needed:
            raise ConfigError("exercise_room", "block_size", config.block_size, minimum=needed)
        self._start, self._encode = start_token(config), encoder(config)
        self._piece = lru_cache(_KEPT)(self._encoded)
        self._questions = _questions(name)
        self.prompt = max((question for question, _ in self._questions), key=len)  # of those, the first
        self.validation_bytes = sum(len(f"{answer}\n") for _, answer in self._questions)
        self.floor: float | None = 0.0
        self.validation_floor: float | None = 0.0

    def rows(self, seed: int, step: int, n: int, length: int) -> list[Row]:
        return list(islice(packed(self._start, self._pieces(seed, step), length), n))

    def _pieces(self, seed: int, step: int) -> Iterator[Row]:
        for drawn in draws(self.name, seed, step):
            number = drawn % self._exercise.n_cases
            if not held_out(self.name, number):
                yield self._piece(*self._exercise.case(number))

    def _encoded(self, question: str, answer: str) -> Row:
        # Apart as together: no token reaches over the sign that ends the question.
        asked, answered = self._encode(question), self._encode(f"{answer}\n")
        return Row(asked + answered, [False] * len(asked) + [True] * len(answered))

    def validation(self, length: int) -> list[Row]:
        return list(packed(self._start, (self._piece(*case) for case in self._questions), length))

    def questions(self) -> list[tuple[str, str]]:
        return list(self._questions)


def held_out(name: str, number: int) -> bool:
    """Whether a case is never learned from."""
    digest = hashlib.sha256(f"{name} {EXERCISES[name].alike(number)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % HELD_OUT == 0


@cache
def _questions(name: str) -> tuple[tuple[str, str], ...]:
    exercise, found = EXERCISES[name], dict[int, None]()
    for drawn in draws("questions", name):
        if len(found) == MAX_QUESTIONS:
            break
        number = drawn % exercise.n_cases
        if held_out(name, number):
            found[number] = None
    return tuple(map(exercise.case, found))
