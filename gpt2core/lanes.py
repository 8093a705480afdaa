"""Keys and values of what has been read and said: prompts on their way, rows that grow, lanes of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from gpt2core.kernels import CapturedStep
from gpt2core.model import GPT

# Where in a lane's layer new keys and values go: slot, all heads, position.
Place: TypeAlias = tuple[Tensor | int, slice, Tensor | int]


@dataclass(eq=False)
class Prompt:
    """A prompt on its way through the model: what it has left behind in every layer so far."""

    ids: Sequence[int]
    k: Tensor  # (L, H, T, E/H), v too
    v: Tensor
    fed: int = 0
    logits: Tensor | None = None  # (V,) float32, of what follows; there when all is fed

    def attend(self, layer: int, begin: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(T, H, E/H) of its tokens from `begin` on -> the same, after remembering k and v."""
        q, k, v = (y.transpose(0, 1) for y in (q, k, v))  # (T, H, E/H) -> (H, T, E/H)
        end = begin + q.size(1)
        self.k[layer, :, begin:end], self.v[layer, :, begin:end] = k, v
        k, v, mask = self.k[layer, :, :end], self.v[layer, :, :end], None
        if begin:  # they look at all before them, and causally at each other
            mask = torch.ones(end - begin, end, dtype=torch.bool, device=q.device).tril(begin)
        y = F.scaled_dot_product_attention(q[None], k[None], v[None], mask, is_causal=mask is None)
        return y[0].transpose(0, 1)


@dataclass(eq=False)
class Row:
    """One sequence in a lane's `slot`, `length` tokens long."""

    lane: Lane
    slot: int
    length: int


class Lane:
    """Keys and values of up to `slots` sequences that may each become `room` tokens long.

    The rows stand in the first slots, without a gap.
    """

    def __init__(self, model: GPT, slots: int, room: int) -> None:
        c = model.config
        shape = (c.n_layer, slots, c.n_head, room, c.head_dim)
        # Zeros, not new memory: behind a row's end the mask makes a weight 0, and 0 * NaN is NaN.
        self.k, self.v = model.wte.weight.new_zeros(shape), model.wte.weight.new_zeros(shape)
        self.slots, self.room = slots, room
        self.rows: list[Row] = []
        self.captured: CapturedStep | None = None

    def take(self, prompt: Prompt) -> Row:
        row, T = Row(self, len(self.rows), len(prompt.ids)), len(prompt.ids)
        self.k[:, row.slot, :, :T], self.v[:, row.slot, :, :T] = prompt.k, prompt.v
        self.rows.append(row)
        return row

    def leave(self, row: Row) -> None:
        """Frees the slot; the last row moves into it."""
        last = self.rows.pop()
        if last is not row:
            for cache in (self.k, self.v):
                cache[:, row.slot, :, : last.length] = cache[:, last.slot, :, : last.length]
            self.rows[row.slot], last.slot = last, row.slot


@dataclass(frozen=True)
class Span:
    """Which rows of a step stand in `lane`: the first `n` slots, looking back on `longest` tokens.

    `at` is where in the lane the new keys and values go; `mask` (n, 1, 1, longest) says how far each
    row may look, None where all may look at everything.
    """

    lane: Lane
    start: int
    n: int
    longest: int
    at: Place
    mask: Tensor | None

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(N, H, E/H) of the whole step -> (n, H, E/H), after remembering k and v."""
        here = slice(self.start, self.start + self.n)
        k_cache, v_cache = self.lane.k[layer], self.lane.v[layer]  # (slots, H, room, E/H)
        k_cache[self.at], v_cache[self.at] = k[here], v[here]
        k, v = k_cache[: self.n, :, : self.longest], v_cache[: self.n, :, : self.longest]
        return F.scaled_dot_product_attention(q[here, :, None], k, v, self.mask)[:, :, 0]


def spans_of(lanes: Sequence[Lane], positions: Tensor, lengths: Sequence[int]) -> list[Span]:
    """The spans of a step of all rows in `lanes`, whose new tokens stand at `positions` (`lengths`)."""
    spans, start = [], 0
    for lane in lanes:
        n = len(lane.rows)
        if n:
            here = slice(start, start + n)
            longest, mask = max(lengths[here]) + 1, None
            if min(lengths[here]) + 1 < longest:  # shorter rows must not look behind their end
                mask = mask_until(positions[here], longest)
            at: Place = (0, slice(None), lengths[start])
            if n > 1:
                at = (torch.arange(n, device=positions.device), slice(None), positions[here])
            spans.append(Span(lane, start, n, longest, at, mask))
        start += n
    return spans


def whole_span(lane: Lane, positions: Tensor) -> Span:
    """All slots and all room of `lane`: shapes that do not depend on how long its rows are."""
    at = (torch.arange(lane.slots, device=positions.device), slice(None), positions)
    return Span(lane, 0, lane.slots, lane.room, at, mask_until(positions, lane.room))


def mask_until(positions: Tensor, longest: int) -> Tensor:
    """(n,) positions -> (n, 1, 1, longest): who may look at what."""
    seen = torch.arange(longest, device=positions.device) <= positions[:, None]
    return seen[:, None, None]
