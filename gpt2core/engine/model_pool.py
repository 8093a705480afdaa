"""Built models that all visitors share, bounded by bytes, the least recently used dropped first."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator

from gpt2core.counting.footprint import packed_bytes
from gpt2core.engine.batch import Batch
from gpt2core.engine.counters import Counters
from gpt2core.model.weights import BuiltModel
from gpt2core.serving.messages import BuildRequest

_RECENT_SECONDS = 60.0  # who had just used a model may press again
_MISSED_SECONDS, _MOST_USERS = 600.0, 1000  # for so long, and by so many, one is taken to be missed


class LoadedModel:
    """A model in memory with the batch of its sequences."""

    def __init__(self, built: BuiltModel, *, pack: bool, counters: Counters | None = None) -> None:
        self.built, self.batch = built, Batch(built.model, pack=pack, counters=counters)
        self.holders = 0  # jobs that look at the model itself
        copies = packed_bytes(built.config, built.model.wte.weight.itemsize)
        self._own_bytes = built.report.weight_bytes + pack * copies
        self.used_at, self.owner = 0.0, ""  # when, in the pool's clock, and by which address
        self._users: set[str] = set()  # addresses
        self.turn = 0  # the number of the last turn it had

    def use(self, address: str) -> None:
        self.owner = address
        if len(self._users) < _MOST_USERS:
            self._users.add(address)

    @property
    def n_users(self) -> int:
        return len(self._users)

    @property
    def in_use(self) -> bool:
        return bool(self.holders or self.batch.sequences)

    @property
    def n_bytes(self) -> int:
        """Memory reserved for it: weights, their packed copies, and its sequences."""
        return self._own_bytes + self.batch.n_bytes


class Reservation:
    """Memory, in bytes, of the pool that something is going to take."""

    def __init__(self, pool: ModelPool, n_bytes: int, owner: str) -> None:
        self._pool, self.n_bytes, self.owner = pool, n_bytes, owner

    def release(self) -> None:
        self._pool.reservations.discard(self)


class ModelPool:
    """A model is a pure function of the request for it, so equal requests share one.

    `wanted` says whether somebody waits for a model: it goes after those that nobody waits for. `besides`
    gives the memory, in bytes, of what is kept beside models.
    Not for several threads at once: its owner locks.
    """

    def __init__(
        self, limit_bytes: int, now: Callable[[], float] = time.monotonic,
        wanted: Callable[[BuildRequest], bool] = lambda request: False,
        besides: Callable[[], int] = lambda: 0,
    ) -> None:  # fmt: skip
        self.limit_bytes = limit_bytes
        self.reservations: set[Reservation] = set()  # for models being loaded, and for labs
        self._models: OrderedDict[BuildRequest, LoadedModel] = OrderedDict()
        self._now, self._wanted, self._besides = now, wanted, besides
        self.n_dropped = 0  # models, since it began

    def __iter__(self) -> Iterator[LoadedModel]:
        return iter(list(self._models.values()))

    def __len__(self) -> int:
        return len(self._models)

    @property
    def n_bytes(self) -> int:
        reserved = sum(reservation.n_bytes for reservation in list(self.reservations))
        return self._besides() + reserved + sum(loaded.n_bytes for loaded in self)

    def get(self, request: BuildRequest) -> LoadedModel | None:
        """The model, which is then the most recently used one."""
        if request in self._models:
            self._models.move_to_end(request)
            self._models[request].used_at = self._now()
        return self._models.get(request)

    def put(self, request: BuildRequest, loaded: LoadedModel) -> None:
        loaded.used_at = self._now()
        self._models[request] = loaded

    def of_runs(self, runs: Collection[str]) -> list[LoadedModel]:
        """Those with weights that these runs have learnt."""
        return [m for request, m in self._models.items() if request.weights.partition(".")[0] in runs]

    def drop(self, loaded: LoadedModel) -> None:
        self.n_dropped += 1
        self._models = OrderedDict((k, m) for k, m in self._models.items() if m is not loaded)

    def reserve(self, n_bytes: int, keep: LoadedModel | None = None, owner: str = "") -> Reservation | None:
        """The memory, for which idle models may have been dropped; None where it is short."""
        if not self.evict_for(n_bytes, keep, owner):
            return None
        reservation = Reservation(self, n_bytes, owner)
        self.reservations.add(reservation)
        return reservation

    def would_fit(
        self, n_bytes: int, keep: LoadedModel | None = None, without: Iterable[LoadedModel] = (),
        freed: int = 0, owner: str = "",
    ) -> bool:  # fmt: skip
        """Whether `n_bytes` more would fit if all idle models went that `owner` may have dropped, and those
        in `without`, and `freed` bytes besides."""
        gone = [m for _, m in self._idle_for(owner, keep)] + [m for m in without if m is not keep]
        return self.n_bytes + n_bytes - freed - sum(m.n_bytes for m in gone) <= self.limit_bytes

    def has_to_spare(self, n_bytes: int, owner: str) -> bool:
        """Whether `n_bytes` more would fit though nobody else's model went that was just used: for what
        `owner` can do without."""
        idle = [m for _, m in self._spared(self._idle(), owner)]
        return self.n_bytes + n_bytes - sum(m.n_bytes for m in idle) <= self.limit_bytes

    def evict_for(self, n_bytes: int, keep: LoadedModel | None = None, owner: str = "") -> bool:
        """Drops models nobody uses until `n_bytes` more fit, those of `owner` first, then what the fewest
        would miss, then the oldest; whether they do."""
        if not self.would_fit(n_bytes, keep, owner=owner):
            return False
        missed = self._now() - _MISSED_SECONDS

        def reluctance(item: tuple[BuildRequest, LoadedModel]) -> tuple[bool, bool, int]:
            request, loaded = item
            # A class of thirty at one model counts for more than two at another; two as much as three.
            users = loaded.n_users.bit_length() if loaded.used_at > missed else 0
            return self._wanted(request), loaded.owner != owner, users

        for _, loaded in sorted(self._idle_for(owner, keep), key=reluctance):
            if self.n_bytes + n_bytes <= self.limit_bytes:
                break
            self.drop(loaded)
        return True

    def _idle_for(self, owner: str, keep: LoadedModel | None) -> list[tuple[BuildRequest, LoadedModel]]:
        """Models that nobody uses and that may be dropped for `owner`: who holds more than half of the
        memory has none dropped that somebody else has just used."""
        idle = self._idle(keep)
        in_use = sum(m.n_bytes for m in self if m.in_use and m.owner == owner)
        reserved = sum(r.n_bytes for r in list(self.reservations) if r.owner == owner)
        if in_use + reserved <= self.limit_bytes / 2:
            return idle
        return self._spared(idle, owner)

    def _idle(self, keep: LoadedModel | None = None) -> list[tuple[BuildRequest, LoadedModel]]:
        return [(k, m) for k, m in self._models.items() if not m.in_use and m is not keep]

    def _spared(
        self, idle: list[tuple[BuildRequest, LoadedModel]], owner: str
    ) -> list[tuple[BuildRequest, LoadedModel]]:
        """Those of `idle` that may go where what others have just used is to stay."""
        recent = self._now() - _RECENT_SECONDS
        return [(k, m) for k, m in idle if m.owner == owner or m.used_at < recent]

    def drop_idle(self, seconds: float) -> bool:
        """Drops what nobody has used for so long; whether there was any."""
        now = self._now()
        idle = [loaded for loaded in self if not loaded.in_use and now - loaded.used_at > seconds]
        for loaded in idle:
            self.drop(loaded)
        return bool(idle)
