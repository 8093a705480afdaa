"""Who has had how much of the engine: seconds by address, for those who want it at the same time.

This is start-time fair queueing (Goyal, Vin and Cheng 1996): whoever is behind comes first, and who comes
anew starts a moment behind the one that is furthest behind, so that a rest earns nothing but to be served
at once. While nobody else wants anything, an address may have all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

HELD_BACK_SECONDS = 0.02  # who is to wait for others looks again after so long
NEWCOMER_SECONDS = 0.5  # by which who comes anew is behind
_REMEMBERED = 4096  # addresses that are not here any more


class FairShare:
    """Not for several threads at once: its owner locks."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._jobs: Counter[str] = Counter()  # of those that are here
        self._charged: dict[str, float] = {}  # of those that are here: seconds they had here
        self._now = 0.0  # where the one that is furthest behind stands; never goes back

    def join(self, address: str) -> None:
        """A job of the address has come."""
        if not self._jobs[address]:
            start = self._now - NEWCOMER_SECONDS
            self._seconds[address] = max(self._seconds.pop(address, start), start)
            self._charged[address] = 0.0
        self._jobs[address] += 1

    def leave(self, address: str) -> None:
        """One has ended."""
        self._jobs[address] -= 1
        if not self._jobs[address]:
            del self._jobs[address], self._charged[address]
            for known in list(self._seconds)[: max(0, len(self._seconds) - _REMEMBERED)]:
                if known not in self._jobs:
                    del self._seconds[known]

    def seconds(self, address: str) -> float:
        """What it has had, on a scale that only means something between addresses."""
        return self._seconds.get(address, self._now)

    def charge(self, work: Mapping[str, int], seconds: float) -> None:
        """`seconds` went into work for these addresses, so much for each."""
        total = sum(work.values())
        for address, part in work.items():
            self._add(address, seconds * part / total)
            if address in self._charged:
                self._charged[address] += seconds * part / total
        self._advance()

    def charged(self) -> dict[str, float]:
        """Seconds of this engine that each address has had since it came."""
        return self._charged.copy()

    def charge_elsewhere(self, seconds: Mapping[str, float]) -> None:
        """So much more each address has had of other engines: who has had their share there comes after
        others here."""
        for address, more in seconds.items():
            self._add(address, more)
        self._advance()

    def _add(self, address: str, seconds: float) -> None:
        if address in self._seconds:
            self._seconds[address] += seconds

    def _advance(self) -> None:
        self._now = max(self._now, min((self._seconds[address] for address in self._jobs), default=0.0))
