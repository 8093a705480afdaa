"""Counts jobs in flight, by the address and the session they come from: from the rate limit to their end.

The way is long: Gradio takes 20 ms for each, one after another, and then a caller must come to listen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_LOST_SECONDS = 1.5  # who does not listen so long after Gradio's answer does not count any more


@dataclass(eq=False)  # two jobs of one session are two
class Arrival:
    """A job that was let in. The rate limit hands it to the job's handler, which says when it runs."""

    address: str
    session: str = ""
    answered: float | None = None  # time.monotonic() of Gradio's answer

    @property
    def lost(self) -> bool:
        return self.answered is not None and time.monotonic() - self.answered > _LOST_SECONDS


class InFlight:
    """Counts jobs. One that was never admitted counts while it runs, and takes nobody's place off."""

    def __init__(self) -> None:
        self._arriving: list[Arrival] = []
        self._running: list[Arrival] = []
        self._lock = threading.RLock()  # the garbage collector may end a `running` while this is held

    def admit(self, address: str, session: str = "") -> Arrival:
        """One was let in."""
        arrival = Arrival(address, session)
        with self._lock:
            self._arriving.append(arrival)
        return arrival

    def release(self, arrival: Arrival) -> None:
        """It does not arrive any more."""
        with self._lock:
            if arrival in self._arriving:
                self._arriving.remove(arrival)

    @contextmanager
    def running(self, arrival: Arrival) -> Iterator[None]:
        """It has arrived, and ends when the context does."""
        with self._lock:
            self.release(arrival)
            self._running.append(arrival)
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(arrival)

    def count(self, address: str | None = None, session: str | None = None) -> int:
        """How many there are: of one address, of one session, or of all."""
        with self._lock:
            self._arriving = [arrival for arrival in self._arriving if not arrival.lost]
            return sum(
                address in (None, arrival.address) and session in (None, arrival.session)
                for arrival in (*self._arriving, *self._running)
            )
