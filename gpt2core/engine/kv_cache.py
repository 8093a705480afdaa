"""The KV cache: contiguous blocks of slots, no paging. A prompt's prefill, sequences that grow, attention.

A KVCache is one piece of memory for sequences of about the same length; a Slot is one sequence in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from gpt2core.engine.attention import attention, span_len
from gpt2core.engine.cuda_graph import CUDAGraphStep
from gpt2core.model.gpt import GPT
from gpt2core.runtime import pages

_FILLED_BYTES, _FILLED_LEN = 2**27, 256  # up to these a cache is filled at once, in 0.1 s at most

# Where in a cache's layer new keys and values go: slot, all heads, position.
CacheIndex: TypeAlias = tuple[Tensor | int, slice, Tensor | int]


@dataclass(eq=False)
class Prefill:
    """A prompt of which `n_computed` tokens have gone through the model, with their keys and values."""

    ids: Sequence[int]
    k: Tensor  # (L, H, T, E/H), v too
    v: Tensor
    n_computed: int = 0
    logits: Tensor | None = None  # (V,) float32, of what follows; there when all is computed

    def attend(self, layer: int, begin: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(T, H, E/H) of its tokens from `begin` on -> the same, after storing k and v."""
        q, k, v = (y.transpose(0, 1) for y in (q, k, v))  # (T, H, E/H) -> (H, T, E/H)
        end = begin + q.size(1)
        self.k[layer, :, begin:end], self.v[layer, :, begin:end] = k, v
        k, v, mask = self.k[layer, :, :end], self.v[layer, :, :end], None
        if begin:  # they look at all before them, and causally at each other
            mask = torch.ones(end - begin, end, dtype=torch.bool, device=q.device).tril(begin)
        y = attention(q[None], k[None], v[None], mask, is_causal=mask is None)
        return y[0].transpose(0, 1)


def zeros_like_weight(model: GPT, shape: Sequence[int]) -> Tensor:
    """Zeros of `shape`, a cache's, where the model is, in its dtype.

    On the CPU a long context gets the system's own zeros, of which only what is written to is ever taken:
    filling gigabytes would hold up everybody who decodes, for seconds where many come at once. Others are
    filled at once, in the large pages that torch takes: steps read them faster.
    """
    weight = model.wte.weight
    n_bytes, max_len = math.prod(shape) * weight.itemsize, shape[-2]
    if weight.device.type != "cpu" or (n_bytes <= _FILLED_BYTES and max_len <= _FILLED_LEN):
        return weight.new_zeros(shape)
    return pages.zeros(shape, weight.dtype)


@dataclass(eq=False)
class Slot:
    """One sequence, `length` tokens long, at `index` of a cache."""

    cache: KVCache
    index: int
    length: int


class KVCache:
    """Keys and values of up to `n_slots` sequences that may each become `max_len` tokens long.

    The sequences stand in the first slots, without a gap.
    """

    def __init__(self, model: GPT, n_slots: int, max_len: int) -> None:
        c = model.config
        shape = (c.n_layer, n_slots, c.n_head, max_len, c.head_dim)
        # Zeros, not new memory: behind a sequence's end the mask makes a weight 0, and 0 * NaN is NaN.
        self.k, self.v = zeros_like_weight(model, shape), zeros_like_weight(model, shape)
        self.n_slots, self.max_len = n_slots, max_len
        self.slots: list[Slot] = []  # those in use
        self.graph: CUDAGraphStep | None = None  # the captured step of this cache

    def allocate(self, prefill: Prefill) -> Slot:
        """A slot that holds what `prefill` has computed."""
        slot, T = Slot(self, len(self.slots), len(prefill.ids)), len(prefill.ids)
        self.k[:, slot.index, :, :T], self.v[:, slot.index, :, :T] = prefill.k, prefill.v
        self.slots.append(slot)
        return slot

    def free(self, slot: Slot) -> None:
        """Gives the slot back; the last sequence moves into it."""
        last = self.slots.pop()
        if last is not slot:
            for tensor in (self.k, self.v):
                tensor[:, slot.index, :, : last.length] = tensor[:, last.index, :, : last.length]
            self.slots[slot.index], last.index = last, slot.index


class Span(Protocol):
    """Some of the rows of a step, `n` of them, that attend together."""

    @property
    def n(self) -> int: ...

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(N, H, E/H) of the whole step -> (n, H, E/H), after storing k and v."""
        ...


@dataclass(frozen=True)
class AttentionSpan:
    """Which rows of a step, `n` from `start` on, stand in which slots of `cache`, looking back on `longest`
    tokens. (All its slots, or a few of them: those that are no slice are copied in each layer.)

    `at` is where in the cache the new keys and values go; `mask` (n, 1, 1, longest) says how far each
    row may look, None where all may look at everything.
    """

    cache: KVCache
    start: int
    n: int
    slots: slice | Tensor
    longest: int
    at: CacheIndex
    mask: Tensor | None

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        here = slice(self.start, self.start + self.n)
        k_cache, v_cache = self.cache.k[layer], self.cache.v[layer]  # (slots, H, max_len, E/H)
        k_cache[self.at], v_cache[self.at] = k[here], v[here]
        k, v = k_cache[self.slots, :, : self.longest], v_cache[self.slots, :, : self.longest]
        return attention(q[here, :, None], k, v, self.mask)[:, :, 0]


def spans_of(slots: Sequence[Slot], positions: Tensor) -> list[AttentionSpan]:
    """The spans of a step of `slots`, cache by cache, whose new tokens stand at `positions`."""
    spans, start = [], 0
    for cache, of_cache in groupby(slots, lambda slot: slot.cache):
        indices, lengths = zip(*((slot.index, slot.length) for slot in of_cache), strict=True)
        n, first = len(indices), indices[0]
        here = slice(start, start + n)
        longest, mask = span_len(max(lengths) + 1, cache.k), None
        if min(lengths) + 1 < longest:  # shorter ones must not look behind their end
            mask = mask_until(positions[here], longest)
        at: CacheIndex = (first, slice(None), lengths[0])
        which: slice | Tensor = slice(first, first + n)
        if n > 1:
            each = torch.tensor(indices, device=positions.device)
            which = which if indices == tuple(range(first, first + n)) else each
            at = (each, slice(None), positions[here])
        spans.append(AttentionSpan(cache, start, n, which, longest, at, mask))
        start += n
    return spans


def whole_span(cache: KVCache, positions: Tensor) -> AttentionSpan:
    """All slots of `cache` at full length: shapes that do not depend on how long its sequences are."""
    at = (torch.arange(cache.n_slots, device=positions.device), slice(None), positions)
    mask, every = mask_until(positions, cache.max_len), slice(cache.n_slots)
    return AttentionSpan(cache, 0, cache.n_slots, every, cache.max_len, at, mask)


def mask_until(positions: Tensor, longest: int) -> Tensor:
    """(n,) positions -> (n, 1, 1, longest): who may look at what."""
    seen = torch.arange(longest, device=positions.device) <= positions[:, None]
    return seen[:, None, None]
