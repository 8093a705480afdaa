"""Whether a thread, or another process, still goes on: it says so now and then, and somebody listens.

Virtual machines stand still for seconds now and then, and then everything is late at once. So lateness is
measured by a clock that the watcher itself advances: what it could not watch does not count.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable


def stacks() -> str:
    """Where each of this process's named threads stands, for the log of one that does not go on."""
    frames = sys._current_frames()
    named = [t for t in threading.enumerate() if t.ident in frames and not t.name.startswith("Thread-")]
    return "\n".join(
        f"{thread.name}:\n{''.join(traceback.format_stack(frames[thread.ident or 0]))}" for thread in named
    )


class WatchClock:
    """Seconds in which the watcher was there to watch. It calls `advance` every `period` seconds; of a
    longer pause only two periods count."""

    def __init__(self, period: float, now: Callable[[], float] = time.monotonic) -> None:
        self.period, self.seconds = period, 0.0
        self._now, self._last = now, now()

    def advance(self) -> None:
        now = self._now()
        self.seconds += min(now - self._last, 2 * self.period)
        self._last = now


class Heartbeat:
    """One thread's: `beat` before each thing it does, with how long that may take; `rest` when it has
    nothing to do."""

    def __init__(self, name: str, clock: WatchClock) -> None:
        self.name, self._clock = name, clock
        self._until: float | None = None

    def beat(self, seconds: float) -> None:
        self._until = self._clock.seconds + seconds

    def rest(self) -> None:
        self._until = None

    @property
    def stale(self) -> bool:
        """Whether what it does takes longer than it may."""
        until = self._until
        return until is not None and self._clock.seconds > until
