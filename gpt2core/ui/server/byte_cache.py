"""What was made once and is sent often."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class ByteCache:
    """Keeps what was asked for last, up to `most_bytes` of it."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._n_bytes = 0

    def get(self, key: Hashable) -> bytes | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, content: bytes) -> None:
        self._n_bytes += len(content) - len(self._kept.pop(key, b""))
        self._kept[key] = content
        while self._n_bytes > self.most_bytes:
            self._n_bytes -= len(self._kept.popitem(last=False)[1])
