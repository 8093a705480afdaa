"""What every source hands out, and what all of them are made with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Protocol

from gpt2core.config import GPTConfig
from gpt2core.model.tokenizer import N_BYTES, Tokenizer, prompt_ids


@dataclass(frozen=True)
class Row:
    """One sequence to learn from: the start token, and what follows it."""

    ids: list[int]
    counted: list[bool]  # whether the prediction of ids[i] counts in the loss; ids[0] is not predicted


class Source(Protocol):
    """What a model learns from, cut into rows of the model's own tokens.

    Losses are compared in nats per byte, which do not depend on the vocabulary: the nats of all counted
    tokens of `validation`, over `validation_bytes`. `floor` is what no model can go below on average,
    `validation_floor` the same for exactly the held-out text; None where nobody knows.
    """

    name: str
    prompt: str  # what a sample begins with; a model has seen it after the start token only
    has_answers: bool
    floor: float | None
    validation_floor: float | None
    validation_bytes: int

    def rows(self, seed: int, step: int, n: int, length: int) -> list[Row]:
        """`n` rows of at most `length` ids, the same ones for the same arguments."""
        ...

    def validation(self, length: int) -> list[Row]:
        """What is held out, every token of it in exactly one row. The same for everybody."""
        ...

    def questions(self) -> list[tuple[str, str]]:
        """Held-out questions with their answers; none where nothing is asked."""
        ...


def start_token(config: GPTConfig) -> int:
    return prompt_ids("", config)[0]


@cache
def _byte_ids() -> bytes:
    """The token of each byte: GPT-2 numbers them in an order of its own."""
    alone = [Tokenizer(N_BYTES).bytes_of([token]) for token in range(N_BYTES)]
    return bytes(alone.index(bytes([byte])) for byte in range(N_BYTES))


def encoder(config: GPTConfig) -> Callable[[str], list[int]]:
    """Text -> the ids that the tokenizer gives, sooner where each is one byte."""
    if config.vocab_size == N_BYTES:
        return lambda text: list(text.encode().translate(_byte_ids()))
    return Tokenizer(config.vocab_size).encode


def draws(*key: object) -> Iterator[int]:
    """Endless numbers below 2^256, the same ones for a key in every Python.

    A remainder of one is as good as uniform: for what is drawn here no remainder is more likely than
    another by more than one part in 10^60.
    """
    begin = hashlib.sha256(repr(key).encode())
    for n in count():
        block = begin.copy()
        block.update(n.to_bytes(8, "big"))
        yield int.from_bytes(block.digest(), "big")


def packed(start: int, pieces: Iterable[Row], length: int) -> Iterator[Row]:
    """Rows of whole pieces, in their order; one that does not fit into what is left begins the next row.

    Only a piece longer than a row is cut, and goes on in rows of its own. (A piece has no start token.)
    """
    check_length(length)
    row = Row([start], [False])
    for piece in pieces:
        if len(row.ids) > 1 and len(row.ids) + len(piece.ids) > length:
            yield row
            row = Row([start], [False])
        for at in range(0, len(piece.ids), length - 1):
            if at:
                yield row
                row = Row([start], [False])
            row.ids.extend(piece.ids[at : at + length - 1])
            row.counted.extend(piece.counted[at : at + length - 1])
    if len(row.ids) > 1:
        yield row


def all_counted(start: int, ids: list[int], length: int) -> Row:
    """A row of the start token and as many of `ids` as it holds."""
    check_length(length)
    ids = [start, *ids[: length - 1]]
    return Row(ids, [False] + [True] * (len(ids) - 1))


def check_length(length: int) -> None:
    if length < 2:
        raise ValueError(f"length is {length}, but a row is the start token and at least one more")
