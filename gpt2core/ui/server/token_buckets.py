"""Rates by name: a session's, or an address's."""

from __future__ import annotations

from collections import OrderedDict

from gpt2core.ui.server.limits import Rate

_REMEMBERED = 10_000


class TokenBuckets:
    """A bucket of `rate` for each name."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # requests left, and when

    def take(self, name: str, now: float) -> bool:
        """Whether there is one left for `name`."""
        left, then = self._left.pop(name, (self.rate.at_once, now))
        left = min(self.rate.at_once, left + (now - then) * self.rate.per_second)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return left >= 1
