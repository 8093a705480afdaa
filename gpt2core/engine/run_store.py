"""What has been learnt, kept in memory: the runs of training that somebody may ask for again.

The engine's process looks here for weights, and the server's keeps the same to give it to the next process.
Nothing of it is ever written to a disk.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import replace

from gpt2core.errors import ConfigError
from gpt2core.serving.messages import (
    ForgetRequest,
    Request,
    Snapshot,
    TrainRequest,
    WeightsEvent,
    WeightsRequest,
)

_STORE_SHARE, STORE_BYTES = 16, 2**29  # a part of what the pool may take, and the most
SNAPSHOT_BYTES = 2**26  # a larger one is not kept while its run goes on
_FORGOTTEN = 1024
_PRIVATE_SECONDS = 600.0  # a visitor's own text, and what came of it, that nobody has used for so long goes


def store_bytes(limit_bytes: int) -> int:
    """Memory, in bytes, for what is kept where all may take `limit_bytes`. A run of a million parameters
    keeps 4 MB for each of its points, and 12 for the newest."""
    return min(STORE_BYTES, limit_bytes // _STORE_SHARE)


class RunStore:
    """For any thread. What was used longest ago makes room for what comes."""

    def __init__(self, limit_bytes: int = STORE_BYTES, now: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._now, self._lock = limit_bytes, now, threading.RLock()
        self._snapshots: OrderedDict[str, Snapshot] = OrderedDict()  # by their names
        self._texts: dict[str, str] = {}  # a visitor's own, by the names of the sources
        self._used: dict[str, float] = {}  # sources that are private, and when they were used last
        # Sources that what is still under way must not bring back.
        self._forgotten: deque[str] = deque(maxlen=_FORGOTTEN)
        self.on_keep: Callable[[Snapshot], None] = lambda snapshot: None

    def keep(self, snapshot: Snapshot) -> None:
        """Keeps a new one; of its run's others only the weights. Then `on_keep` is called with it."""
        self.restore(snapshot)
        self.on_keep(snapshot)

    def restore(self, snapshot: Snapshot) -> None:
        """Keeps one that another process has taken."""
        with self._lock:
            if snapshot.request.source in self._forgotten:
                return
            for name, older in list(self._snapshots.items()):
                if older.run == snapshot.run and older.optimizer is not None:
                    self._snapshots[name] = replace(older, optimizer=None)
            self._snapshots[snapshot.name] = snapshot
            self._snapshots.move_to_end(snapshot.name)
            self._keep_text(snapshot.request)
            while len(self._snapshots) > 1 and self.n_bytes > self._limit:
                self._snapshots.popitem(last=False)

    @property
    def n_bytes(self) -> int:
        with self._lock:
            return sum(snapshot.n_bytes for snapshot in self._snapshots.values())

    def snapshots(self) -> list[Snapshot]:
        """All, the one used longest ago first."""
        with self._lock:
            return list(self._snapshots.values())

    def newest(self, run: str) -> Snapshot | None:
        """How far a run is, as far as it is kept."""
        with self._lock:
            mine = [s for s in self._snapshots.values() if s.run == run]
            return self._touched(max(mine, key=lambda s: s.step)) if mine else None

    def named(self, weights: str) -> Snapshot:
        """What has these weights: those of a run after so many steps, or at its end. Raises ConfigError."""
        run, _, step = weights.partition(".")
        with self._lock:
            if step and (found := self._snapshots.get(weights)):
                return self._touched(found)
            newest = self.newest(run)
            if newest is None or step:
                raise ConfigError("unknown_run", "weights", weights)
            if newest.step < newest.request.steps:
                raise ConfigError("unfinished_run", "weights", weights, step=newest.step, found=newest.name)
            return newest

    def prepared(self, request: Request) -> Request | WeightsEvent:
        """The request with the text that it needs, or the answer to it where that is here. What it says is
        to be forgotten is. Raises ConfigError."""
        if isinstance(request, TrainRequest):
            return self.with_text(request)
        if isinstance(request, ForgetRequest):
            self.forget(request.source)
        return self.file_of(request) if isinstance(request, WeightsRequest) else request

    def file_of(self, request: WeightsRequest) -> WeightsEvent:
        """What a run has learnt, as a file. Raises ConfigError."""
        return {"stage": "weights", "done": True, "data": self.named(request.model.weights).weights}

    def with_text(self, request: TrainRequest) -> TrainRequest:
        """The request with the text that its source stands for. Raises ConfigError where that is gone."""
        if not request.is_private:
            return request
        with self._lock:
            self._keep_text(request)
            text = self._texts.get(request.source)
            if text is None:
                raise ConfigError("text_gone", "source", request.source)
            self._used[request.source] = self._now()
            return replace(request, text=text)

    def forget(self, source: str) -> set[str]:
        """Drops a private source, and all that was learnt from it: by runs of these names."""
        with self._lock:
            self._forgotten.append(source)
            self._texts.pop(source, None)
            self._used.pop(source, None)
            mine = [s for s in self._snapshots.values() if s.request.source == source]
            for snapshot in mine:
                del self._snapshots[snapshot.name]
            return {snapshot.run for snapshot in mine}

    def unused(self) -> list[str]:
        """The private sources that nobody has used for long: they are to be forgotten."""
        with self._lock:
            before = self._now() - _PRIVATE_SECONDS
            return [source for source, used in self._used.items() if used < before]

    def _keep_text(self, request: TrainRequest) -> None:
        if request.is_private and request.text:
            self._texts.setdefault(request.source, request.text)  # who has the name may read, and no more
            self._used[request.source] = self._now()

    def _touched(self, snapshot: Snapshot) -> Snapshot:
        self._snapshots.move_to_end(snapshot.name)
        if snapshot.request.is_private:
            self._used[snapshot.request.source] = self._now()
        return snapshot
