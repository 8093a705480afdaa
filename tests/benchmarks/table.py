"""What was found, as rows of a Markdown table: medians, with the least and the most."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence


def print_head(title: str) -> None:
    print(f"| {title} | peer | this | ratio |\n|---|---|---|---|", flush=True)


def print_row(what: str, this: str, peer: str = "", ratio: str = "") -> None:
    """`ratio` is how many times as good."""
    print(f"| {what} | {peer} | {this} | {ratio} |", flush=True)


def cell(values: Sequence[float], unit: str = "", digits: int = 0) -> str:
    """'0.83 s (0.80 to 0.91)'."""
    median, least, most = (f"{f(values):.{digits}f}" for f in (statistics.median, min, max))
    return f"{median} {unit}".rstrip() + (f" ({least} to {most})" if least != most else "")


def ratio(a: Sequence[float], b: Sequence[float], digits: int = 1) -> str:
    """Of their medians: a / b."""
    return f"{statistics.median(a) / statistics.median(b):.{digits}f}"


def rates(amount: float, seconds: Sequence[float]) -> list[float]:
    return [amount / each for each in seconds]


def quantile(values: Sequence[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def in_turns(rounds: int) -> Iterator[int]:
    """0 to rounds - 1, and how far it is on stderr."""
    for n in range(rounds):
        yield n
        print(f"round {n + 1}/{rounds}", file=sys.stderr, flush=True)
