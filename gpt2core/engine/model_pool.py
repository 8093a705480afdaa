"""Built models that all visitors share, bounded by bytes, the least recently used dropped first."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from gpt2core.counting.footprint import packed_bytes
from gpt2core.engine.batch import Batch
from gpt2core.model.weights import BuiltModel
from gpt2core.serving.messages import BuildRequest


class LoadedModel:
    """A model in memory with the batch of its sequences."""

    def __init__(self, built: BuiltModel, *, pack: bool) -> None:
        self.built, self.batch = built, Batch(built.model, pack=pack)
        self.holders = 0  # jobs that look at the model itself
        self._own_bytes = built.report.weight_bytes + pack * packed_bytes(built.config)
        self.used_at = 0.0  # in the pool's clock

    @property
    def in_use(self) -> bool:
        return bool(self.holders or self.batch.sequences)

    @property
    def n_bytes(self) -> int:
        """Memory reserved for it: weights, their packed copies, and its sequences."""
        return self._own_bytes + self.batch.n_bytes


class ModelPool:
    """A model is a pure function of the request for it, so equal requests share one.

    Not for several threads at once: its owner locks.
    """

    def __init__(self, limit_bytes: int, now: Callable[[], float] = time.monotonic) -> None:
        self.limit_bytes = limit_bytes
        self.reserved = 0  # for a model that is being loaded
        self._models: OrderedDict[BuildRequest, LoadedModel] = OrderedDict()
        self._now = now

    def __iter__(self) -> Iterator[LoadedModel]:
        return iter(list(self._models.values()))

    def __len__(self) -> int:
        return len(self._models)

    @property
    def n_bytes(self) -> int:
        return self.reserved + sum(loaded.n_bytes for loaded in self)

    def get(self, request: BuildRequest) -> LoadedModel | None:
        """The model, which is then the most recently used one."""
        if request in self._models:
            self._models.move_to_end(request)
            self._models[request].used_at = self._now()
        return self._models.get(request)

    def put(self, request: BuildRequest, loaded: LoadedModel) -> None:
        loaded.used_at = self._now()
        self._models[request] = loaded

    def drop(self, loaded: LoadedModel) -> None:
        self._models = OrderedDict((k, m) for k, m in self._models.items() if m is not loaded)

    def evict_for(self, n_bytes: int, keep: LoadedModel | None = None) -> bool:
        """Drops models nobody uses, oldest first, until `n_bytes` more fit; whether they do."""
        idle = [m for m in self if not m.in_use and m is not keep]
        if self.n_bytes + n_bytes - sum(m.n_bytes for m in idle) > self.limit_bytes:
            return False
        for loaded in idle:
            if self.n_bytes + n_bytes <= self.limit_bytes:
                break
            self.drop(loaded)
        return True

    def drop_idle(self, seconds: float) -> None:
        """Drops what nobody has used for so long."""
        for loaded in self:
            if not loaded.in_use and self._now() - loaded.used_at > seconds:
                self.drop(loaded)
