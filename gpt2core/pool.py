"""Built models that all visitors share, bounded by bytes, the least recently used going first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TypeAlias

from gpt2core.build import BuiltModel
from gpt2core.config import GPTConfig
from gpt2core.costs import packed_bytes

Key: TypeAlias = tuple[GPTConfig, int, str, str]  # config, seed, device type, dtype


class Pool:
    """A model is a pure function of its key, so whoever asks for the same gets the same one.

    Each counts with the packed copies that its decoder may have made.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._models: OrderedDict[Key, BuiltModel] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> BuiltModel | None:
        with self._lock:
            if key in self._models:
                self._models.move_to_end(key)
            return self._models.get(key)

    def put(self, key: Key, built: BuiltModel) -> None:
        """Keeps `built` unless it alone is over the limit, and drops what no longer fits."""
        with self._lock:
            self._models.pop(key, None)
            if self._size(built) > self.limit_bytes:
                return
            self._models[key] = built
            while self._models and self._bytes() > self.limit_bytes:
                self._models.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._models.clear()

    def _bytes(self) -> int:
        return sum(map(self._size, self._models.values()))

    @staticmethod
    def _size(built: BuiltModel) -> int:
        return built.report.weight_bytes + packed_bytes(built.config)
