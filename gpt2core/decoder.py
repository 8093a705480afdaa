"""The fast path beside model.py: extends many sequences by one token each, in one pass.

It computes what `GPT.forward` computes, from the same weights, and is tested equal to it. What makes
it fast: a prompt goes through once, memory for keys and values is taken once, logits are made for
the last position only, and the matrices go through the fastest kernels the device has (kernels.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast
from weakref import proxy

import torch
from torch import Tensor, nn

from gpt2core.costs import lane_bytes, lane_room
from gpt2core.kernels import CapturedStep, Linears
from gpt2core.lanes import Lane, Prompt, Row, Span, spans_of, whole_span
from gpt2core.model import GPT, LAYER_NORM_EPS

_MOST_SLOTS, _LARGEST_LANE = 16, 2**28  # rows, bytes: a lane that is mostly empty wastes no more than this

# (layer, q, k, v) -> y, all (N, H, E/H)
Attend: TypeAlias = Callable[[int, Tensor, Tensor, Tensor], Tensor]


class Decoder:
    """Any number of sequences of one model. A row's result does not depend on the others.

    `start` and `feed` bring prompts through, `join` makes rows of it, `step` extends all rows by
    a token, `leave` takes one out. `pack` None lets memory decide (see `kernels.Linears`).
    """

    def __init__(self, model: GPT, *, pack: bool | None = None) -> None:
        self.model = model
        self.lanes: list[Lane] = []
        self._linears = Linears(model, pack)
        # Whether steps are captured, which takes memory for each lane.
        self.captures = model.wte.weight.device.type == "cuda"

    @property
    def rows(self) -> list[Row]:
        """In the order in which `step` takes tokens and gives logits."""
        return [row for lane in self.lanes for row in lane.rows]

    def start(self, ids: Sequence[int]) -> Prompt:
        c = self.model.config
        shape = (c.n_layer, c.n_head, len(ids), c.head_dim)
        weight = self.model.wte.weight
        return Prompt(ids, weight.new_empty(shape), weight.new_empty(shape))

    @torch.inference_mode()
    def feed(self, parts: Sequence[tuple[Prompt, int]]) -> None:
        """Brings a number of further tokens of each prompt through, all in one pass."""
        self._linears.before_step(len(parts))
        spans, start = [], 0
        for prompt, n in parts:
            spans.append((prompt, slice(start, start + n), prompt.fed, prompt.fed + n))
            start += n
        device = self.model.wte.weight.device
        idx = torch.tensor([i for p, _, begin, end in spans for i in p.ids[begin:end]], device=device)
        positions = torch.cat([torch.arange(begin, end, device=device) for _, _, begin, end in spans])

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            return torch.cat([p.attend(layer, begin, q[at], k[at], v[at]) for p, at, begin, _ in spans])

        x = self._blocks(self.model.wte(idx) + self.model.wpe(positions), attend)
        for prompt, _, _, end in spans:
            prompt.fed = end
        through = [(prompt, at.stop - 1) for prompt, at, _, _ in spans if prompt.fed == len(prompt.ids)]
        if through:
            logits = self._unembed(x[[last for _, last in through]])
            for (prompt, _), each in zip(through, logits, strict=True):
                prompt.logits = each

    @torch.inference_mode()
    def join(self, prompt: Prompt, room: int, copies: int = 1) -> list[Row]:
        """Makes `copies` rows of a prompt that is through; each may become `room` tokens long."""
        slots, room = self.slots_to_add(room, copies), lane_room(self.model.config, room)
        if slots:
            self.lanes.append(Lane(self.model, slots, room))
        lane = next(lane for lane in self.lanes if self._fits(lane, room, copies))
        return [lane.take(prompt) for _ in range(copies)]

    def slots_to_add(self, room: int, copies: int = 1) -> int:
        """How many slots `join` would have to make; 0 where a lane has them.

        Every new lane of a room is as large as those before it together, within bounds: so few
        lanes serve many rows, and one row takes no more than it needs.
        """
        room = lane_room(self.model.config, room)
        if any(self._fits(lane, room, copies) for lane in self.lanes):
            return 0
        most = min(_MOST_SLOTS, _LARGEST_LANE // lane_bytes(self.model.config, room))
        return max(copies, min(most, sum(lane.slots for lane in self.lanes if lane.room == room)))

    @staticmethod
    def _fits(lane: Lane, room: int, copies: int) -> bool:
        return lane.room == room and lane.slots - len(lane.rows) >= copies

    @torch.inference_mode()
    def leave(self, row: Row) -> None:
        """Takes a row out; an empty lane gives its memory back, unless its step is captured."""
        row.lane.leave(row)
        if not row.lane.rows and row.lane.captured is None:
            self.lanes.remove(row.lane)

    @torch.inference_mode()
    def step(self, tokens: Sequence[int]) -> Tensor:
        """Appends one token to every row, in the order of `rows`: (N, V) float32 logits."""
        rows, device = self.rows, self.model.wte.weight.device
        lengths = [row.length for row in rows]
        if self.captures:
            logits = self._captured_step(lengths, tokens)
        else:
            self._linears.before_step(len(rows))
            spare = [0] * (self._linears.fewest_rows - len(rows))
            idx = torch.tensor([*tokens, *spare], device=device)
            positions = torch.tensor([*lengths, *spare], device=device)
            logits = self._extend(idx, positions, spans_of(self.lanes, positions, lengths))[: len(rows)]
        for row in rows:
            row.length += 1
        return logits

    def _captured_step(self, lengths: list[int], tokens: Sequence[int]) -> Tensor:
        """Lane by lane, each over all its slots and its whole room: shapes that never change."""
        logits, start = [], 0
        for lane in self.lanes:
            n = len(lane.rows)
            if not n:
                continue
            if lane.captured is None:
                lane.captured = self.capture(lane)
            here = slice(start, start + n)
            logits.append(lane.captured(tokens[here], lengths[here]).clone())
            start += n
        return torch.cat(logits)

    def capture(self, lane: Lane) -> CapturedStep:
        """The step of all slots of `lane` with nothing in it that depends on the rows' lengths."""
        # The lane is going to hold the step: if that held the lane, both would outlive their model.
        this, its_lane = proxy(self), proxy(lane)

        def step(idx: Tensor, positions: Tensor) -> Tensor:
            logits: Tensor = this._extend(idx, positions, [whole_span(its_lane, positions)])
            return logits

        return CapturedStep(step, lane.slots, lane.k.device)

    def _extend(self, idx: Tensor, positions: Tensor, spans: Sequence[Span]) -> Tensor:
        """(N,) tokens at (N,) positions -> (N, V) logits. Rows in no span are there to be ignored."""

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            parts = [span.attend(layer, q, k, v) for span in spans]
            spare = q.size(0) - sum(span.n for span in spans)
            if spare:
                parts.append(q.new_zeros(spare, *q.shape[1:]))
            return parts[0] if len(parts) == 1 else torch.cat(parts)

        return self._unembed(self._blocks(self.model.wte(idx) + self.model.wpe(positions), attend))

    def _blocks(self, x: Tensor, attend: Attend) -> Tensor:
        """(N, E) -> (N, E) through all blocks; `attend` mixes the N tokens as they may be mixed."""
        N, H, linear = x.size(0), self.model.config.n_head, self._linears
        for layer, block in enumerate(self.model.blocks):
            qkv = linear(_norm(x, block.ln_1), block.attn.c_attn)
            q, k, v = qkv.view(N, 3, H, -1).unbind(1)
            y = attend(layer, q, k, v).reshape(N, -1)
            x_at = x + linear(y, block.attn.c_proj)
            y = linear(_norm(x_at, block.ln_2), block.mlp.c_fc, gelu=True)
            x = x_at + linear(y, block.mlp.c_proj)
        return x

    def _unembed(self, x: Tensor) -> Tensor:
        """(N, E) -> (N, V) float32 logits."""
        return self._linears(_norm(x, self.model.transformer["ln_f"]), self.model.lm_head).float()


def _norm(x: Tensor, layer: nn.Module) -> Tensor:
    layer = cast(nn.LayerNorm, layer)
    return torch.layer_norm(x, layer.normalized_shape, layer.weight, layer.bias, LAYER_NORM_EPS)
