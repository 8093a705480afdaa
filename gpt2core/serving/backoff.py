"""How soon what has ended is started again: the more often it failed in a row, the later."""

from __future__ import annotations

import time
from collections.abc import Callable

_FIRST_SECONDS, _LONGEST_SECONDS = 0.2, 10.0
_HEALTHY_SECONDS = 5.0  # what was ready for so long did not fail because it was started
_HOPELESS = 3  # failures in a row, before it was ever ready, after which nobody is to wait for it


class Backoff:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures, self._start_at = 0, 0.0
        self._ready_since: float | None = None

    def ready(self) -> None:
        """It is ready now."""
        if self._ready_since is None:
            self._ready_since = self._now()

    def failed(self) -> float:
        """It has ended; after how many seconds it may be started again."""
        now, since = self._now(), self._ready_since
        healthy = since is not None and now - since > _HEALTHY_SECONDS
        self._failures, self._ready_since = 1 if healthy else self._failures + 1, None
        seconds = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** (self._failures - 1))
        self._start_at = now + seconds
        return seconds

    @property
    def over(self) -> bool:
        """Whether it may be started again."""
        return self._now() >= self._start_at

    @property
    def hopeless(self) -> bool:
        return self._failures >= _HOPELESS
