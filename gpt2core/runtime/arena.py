"""Memory that stays warm: what dropped models leave is used again, and an idle process touches ahead what
the next model is going to need.

A page costs a fault when it is first touched, and on a shared host that has none at hand up to ten times
that: 500 MB took 0.05 to 0.6 s. glibc's heap, from which torch and oneDNN take theirs, hands large pieces
back when they are freed; here it is told to keep them.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor

from gpt2core.runtime import heap
from gpt2core.runtime.device import free_bytes

# Bytes touched at a time: some 30 ms on a host that is slow. torch aligns what is larger than 2 MB to that;
# with glibc's few bytes before each piece, whole ones would leave gaps of almost 2 MB between them.
_PIECE = 2**22 - 64
_COUNT_PAUSE = 50  # times as long as counting took: then it takes a 50th of a core at most
_SLACK = 4  # a part of what is to be ready may be kept beyond the limit: steps free and take some always
_MOST_KEPT = 2  # times what is to be ready; if more is free, it goes back when nothing is computed


class Arena:
    """Keeps what is freed, and up to `ahead_bytes` ready for the next model, as far as there is memory to
    spare. With `ahead_bytes` 0, and where it cannot be done, nothing is kept.

    `limit_bytes` is what models may take of `device` together. `touch_ahead`, `let_go` and `make_room` are
    for one thread.
    """

    def __init__(self, ahead_bytes: int, limit_bytes: int, device: torch.device) -> None:
        keeps = ahead_bytes and device.type == "cpu" and heap.keep_freed()
        self._ahead = ahead_bytes if keeps else 0
        self._limit, self._device = limit_bytes, device
        self._held: list[Tensor] = []  # pieces touched so far: held, so that others come after them
        self._wanted = 0  # of them
        self._counted, self._count_at = 0, 0.0  # for those who ask often, and when again

    @property
    def n_bytes(self) -> int:
        """Bytes that are kept and not in use."""
        return heap.unused_bytes() + _PIECE * len(self._held) if self._ahead else 0

    @property
    def n_bytes_lately(self) -> int:
        """The same for whoever asks often: where counting takes long it is a moment old."""
        begin = time.monotonic()
        if begin >= self._count_at:
            self._counted = self.n_bytes
            self._count_at = begin + _COUNT_PAUSE * (time.monotonic() - begin)
        return self._counted

    def touch_ahead(self, used_bytes: int) -> bool:
        """Touches a further piece while nothing is computed and models take `used_bytes`; whether there
        may be more to do. Gives back what is too much, or what the machine is short of."""
        if not self._held:
            self._wanted = self._pieces_to_touch(used_bytes)
        if len(self._held) >= self._wanted:
            self.let_go()
            return False
        self._held.append(torch.empty(_PIECE, dtype=torch.uint8).zero_())
        return True

    def _pieces_to_touch(self, used_bytes: int) -> int:
        kept, free = self.n_bytes, free_bytes(self._device)
        if kept > _MOST_KEPT * self._ahead or (kept and free < self._ahead):
            heap.trim()
            return 0
        spare = min(self._limit - used_bytes - kept, free - self._ahead, self._ahead - kept)
        # What is warm already is among them: the smallest hole that is large enough is taken first.
        return (kept + spare) // _PIECE if spare >= _PIECE else 0

    def let_go(self) -> None:
        """What has been touched so far can be used."""
        self._held.clear()

    def after_drop(self) -> None:
        """Something large has been dropped."""
        if not self._ahead:
            heap.trim()

    def keep_within(self, used_bytes: int) -> None:
        """Gives back what is kept where models, which take `used_bytes` by now, leave no room for it: not
        all of what they take comes from the heap."""
        if self._ahead and used_bytes + self.n_bytes_lately > self._limit + self._ahead // _SLACK:
            heap.trim()
            self._count_at = 0.0

    def has_no_room_for(self, n_bytes: int) -> bool:
        """Whether so much is better taken beside the heap: next to nothing of it would be warm, and the
        heap touches a large page for each piece that it gives, with its lock held: a model of 10 GB kept
        everybody else from any memory for over a second."""
        return bool(self._ahead) and n_bytes > _MOST_KEPT * self._ahead

    def make_room(self, n_bytes: int, used_bytes: int) -> None:
        """Before `n_bytes` are taken, with which models take `used_bytes`: gives back what is kept where
        both would be too much."""
        self.let_go()
        kept = self.n_bytes
        reused = 0 if self.has_no_room_for(n_bytes) else min(kept, n_bytes)
        fresh, left = n_bytes - reused, kept - reused
        if not kept or used_bytes + left > self._limit or free_bytes(self._device) < fresh:
            heap.trim()
