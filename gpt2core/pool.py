"""Built models that all visitors share, bounded by bytes, the least recently used going first."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator

from gpt2core.batch import Batch
from gpt2core.build import BuiltModel
from gpt2core.costs import packed_bytes
from gpt2core.requests import BuildRequest


class Resident:
    """A model in memory and all that is being said by it."""

    def __init__(self, built: BuiltModel, *, pack: bool) -> None:
        self.built, self.batch = built, Batch(built.model, pack=pack)
        self.holders = 0  # jobs that look at the model itself
        self._own_bytes = built.report.weight_bytes + pack * packed_bytes(built.config)
        self.used_at = time.monotonic()

    @property
    def in_use(self) -> bool:
        return bool(self.holders or self.batch.speeches)

    @property
    def n_bytes(self) -> int:
        """Memory reserved for it: weights, their packed copies, and its speeches."""
        return self._own_bytes + self.batch.n_bytes


class Pool:
    """A model is a pure function of the request for it, so equal requests share one.

    Not for several threads at once: its owner locks.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.reserved = 0  # for a model that is being built
        self._residents: OrderedDict[BuildRequest, Resident] = OrderedDict()

    def __iter__(self) -> Iterator[Resident]:
        return iter(list(self._residents.values()))

    def __len__(self) -> int:
        return len(self._residents)

    @property
    def n_bytes(self) -> int:
        return self.reserved + sum(resident.n_bytes for resident in self)

    def get(self, request: BuildRequest) -> Resident | None:
        """The model, which is then the most recently used one."""
        if request in self._residents:
            self._residents.move_to_end(request)
            self._residents[request].used_at = time.monotonic()
        return self._residents.get(request)

    def put(self, request: BuildRequest, resident: Resident) -> None:
        self._residents[request] = resident

    def drop(self, resident: Resident) -> None:
        self._residents = OrderedDict((k, r) for k, r in self._residents.items() if r is not resident)

    def make_room(self, n_bytes: int, keep: Resident | None = None) -> bool:
        """Drops models nobody uses, oldest first, until `n_bytes` more fit; whether they do."""
        idle = [r for r in self if not r.in_use and r is not keep]
        if self.n_bytes + n_bytes - sum(r.n_bytes for r in idle) > self.limit_bytes:
            return False
        for resident in idle:
            if self.n_bytes + n_bytes <= self.limit_bytes:
                break
            self.drop(resident)
        return True

    def drop_idle(self, seconds: float) -> None:
        """Drops what nobody has used for so long."""
        for resident in self:
            if not resident.in_use and time.monotonic() - resident.used_at > seconds:
                self.drop(resident)
