"""How soon what has ended is started again: the more often it failed in a row, the later."""

from __future__ import annotations

import time
from collections.abc import Callable

_FIRST_SECONDS, _LONGEST_SECONDS = 0.2, 10.0
_HOPELESS = 3  # failures in a row after which nobody is to wait for it


class Backoff:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures, self._start_at = 0, 0.0

    def ended(self, *, failed: bool) -> float:
        """It has ended, and `failed` to get ready before or to live without any work; after how many
        seconds it may be started again."""
        self._failures = self._failures + 1 if failed else 0
        seconds = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** max(0, self._failures - 1))
        self._start_at = self._now() + seconds
        return seconds

    @property
    def over(self) -> bool:
        """Whether it may be started again."""
        return self._now() >= self._start_at

    @property
    def hopeless(self) -> bool:
        return self._failures >= _HOPELESS
