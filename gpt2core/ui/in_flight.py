"""Counts jobs in flight, by the address they come from: from the rate limit to their end.

The way is long: Gradio takes 20 ms for each, one after another, and then a caller must come to listen.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_LOST_SECONDS = 1.5  # who does not listen so long after Gradio's answer does not count any more


class Arrival:
    """A job that was let in and does not run yet."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answered: float | None = None  # time.monotonic() of Gradio's answer

    @property
    def lost(self) -> bool:
        return self.answered is not None and time.monotonic() - self.answered > _LOST_SECONDS


class InFlight:
    """Counts jobs by the address they come from."""

    def __init__(self) -> None:
        self._arriving: list[Arrival] = []
        self._running: Counter[str] = Counter()
        self._lock = threading.RLock()  # the garbage collector may end a `running` while this is held

    def admit(self, address: str) -> Arrival:
        """One was let in."""
        arrival = Arrival(address)
        with self._lock:
            self._arriving.append(arrival)
        return arrival

    def release(self, address: str) -> None:
        """One of `address` does not arrive any more."""
        with self._lock:
            first = next((arrival for arrival in self._arriving if arrival.address == address), None)
            if first:
                self._arriving.remove(first)

    @contextmanager
    def running(self, address: str) -> Iterator[None]:
        """One has arrived, and ends when the context does."""
        self.release(address)
        with self._lock:
            self._running[address] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[address] -= 1
                if not self._running[address]:
                    del self._running[address]

    def count(self, address: str | None = None) -> int:
        """How many there are, of one address or of all."""
        with self._lock:
            self._arriving = [arrival for arrival in self._arriving if not arrival.lost]
            arriving = sum(address in (None, arrival.address) for arrival in self._arriving)
            return arriving + (self._running.total() if address is None else self._running[address])
