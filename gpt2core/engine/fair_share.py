"""Who has had how much of the engine: seconds by address, for those who want it at the same time.

This is start-time fair queueing (Goyal, Vin and Cheng 1996): whoever is behind comes first, and who comes
anew starts where the one that is furthest behind stands, so that a rest earns nothing. While nobody else
wants anything, an address may have all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

_REMEMBERED = 4096  # addresses that are not here any more


class FairShare:
    """Not for several threads at once: its owner locks."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._jobs: Counter[str] = Counter()  # of those that are here
        self._start = 0.0  # where who comes to an empty engine starts

    def join(self, address: str) -> None:
        """A job of the address has come."""
        if not self._jobs[address]:
            self._seconds[address] = max(self._seconds.pop(address, 0.0), self.least)
        self._jobs[address] += 1

    def leave(self, address: str) -> None:
        """One has ended."""
        self._start = max(self._start, self.least)
        self._jobs[address] -= 1
        if not self._jobs[address]:
            del self._jobs[address]
            for known in list(self._seconds)[: max(0, len(self._seconds) - _REMEMBERED)]:
                if known not in self._jobs:
                    del self._seconds[known]

    @property
    def least(self) -> float:
        """Of those that are here."""
        return min((self._seconds[address] for address in self._jobs), default=self._start)

    def seconds(self, address: str) -> float:
        """What it has had, on a scale that only means something between addresses."""
        return self._seconds.get(address, self._start)

    def charge(self, work: Mapping[str, int], seconds: float) -> None:
        """`seconds` went into work for these addresses, so much for each."""
        total = sum(work.values())
        for address, part in work.items():
            if address in self._seconds:
                self._seconds[address] += seconds * part / total

    def ahead(self, address: str) -> float:
        """By how much it has had more than another address that is here; 0 where it is alone."""
        others = [self._seconds[other] for other in self._jobs if other != address]
        return max(0.0, self.seconds(address) - min(others)) if others else 0.0
