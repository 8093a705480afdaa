"""Which compression a caller takes."""

from __future__ import annotations


def takes_brotli(accept_encoding: str) -> bool:
    """Whether the header names `br`, and does not refuse it with a weight of 0."""
    for entry in accept_encoding.lower().split(","):
        coding, *parameters = (part.strip() for part in entry.split(";"))
        if coding == "br":
            weights = [part.removeprefix("q=") for part in parameters if part.startswith("q=")]
            return not weights or _weight(weights[0]) > 0
    return False


def _weight(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0.0
