"""Counts what is open at one time, by address and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class OpenCounter:
    """Used by the server's event loop alone."""

    def __init__(self, per_address: int, total: int) -> None:
        self.per_address, self.total = per_address, total
        self._open: Counter[str] = Counter()

    @contextmanager
    def one_more(self, address: str) -> Iterator[bool]:
        """Counts one more of `address` while the context lasts; False if there is no room for it."""
        room = self._open[address] < self.per_address and self._open.total() < self.total
        self._open[address] += room
        try:
            yield room
        finally:
            self._open[address] -= room
            if not self._open[address]:
                del self._open[address]
