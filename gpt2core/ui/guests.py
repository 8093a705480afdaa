"""Whose jobs are in the house: on their way from the door or served.

The way is long: Gradio takes 20 ms for each, one after another, and then a caller must come to listen.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_LOST_SECONDS = 1.5  # who does not listen so long after Gradio's answer does not count any more


class Guest:
    """One on the way."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answered: float | None = None  # time.monotonic() of Gradio's answer

    @property
    def lost(self) -> bool:
        return self.answered is not None and time.monotonic() - self.answered > _LOST_SECONDS


class Guests:
    """Counts jobs by the address they come from."""

    def __init__(self) -> None:
        self._on_their_way: list[Guest] = []
        self._served: Counter[str] = Counter()
        self._lock = threading.RLock()  # the garbage collector may end a `served` while this is held

    def enter(self, address: str) -> Guest:
        """One has passed the door."""
        guest = Guest(address)
        with self._lock:
            self._on_their_way.append(guest)
        return guest

    def turn_back(self, address: str) -> None:
        """One of `address` is not on its way any more."""
        with self._lock:
            first = next((guest for guest in self._on_their_way if guest.address == address), None)
            if first:
                self._on_their_way.remove(first)

    @contextmanager
    def served(self, address: str) -> Iterator[None]:
        """One has arrived, and leaves when the context does."""
        self.turn_back(address)
        with self._lock:
            self._served[address] += 1
        try:
            yield
        finally:
            with self._lock:
                self._served[address] -= 1
                if not self._served[address]:
                    del self._served[address]

    def count(self, address: str | None = None) -> int:
        """How many are here, of one address or of all."""
        with self._lock:
            self._on_their_way = [guest for guest in self._on_their_way if not guest.lost]
            coming = sum(address in (None, guest.address) for guest in self._on_their_way)
            return coming + (self._served.total() if address is None else self._served[address])
