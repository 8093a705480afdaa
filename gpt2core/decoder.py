"""The fast path beside model.py: extends several sequences by one token each, in one pass.

It computes what `GPT.forward` computes, from the same weights, and is tested equal to it. What makes
it fast: memory for keys and values taken once, logits for the last position only, and on the CPU
oneDNN's matrix kernels, which read a weight matrix two to three times as fast for one row as the ones
behind F.linear.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gpt2core.costs import packed_bytes
from gpt2core.device import free_bytes
from gpt2core.model import GPT, LAYER_NORM_EPS

# Weights in oneDNN's own layout serve best when oneDNN chose it for many rows, and fewer than five
# rows take longer than five: a step of GPT-2 Small takes 24 ms for one row from plain weights,
# 24 from packed ones, and 19 from packed ones with four rows of nothing beside it.
_PACKING_ROWS = 32
_FEWEST_ROWS = 5
_PACKED_A_STEP = 20_000_000  # numbers: packing goes along with the steps, so that none waits for all of it
_ROOM_TO_PACK = 1.5  # how much more than the copies must be free
# Packing takes as long as 25 to 35 steps: one row must have gone on for a while to be worth it.
_STEPS_BEFORE_PACKING = 64

# (layer, q, k, v) -> y, all (N, H, E/H)
Attend: TypeAlias = Callable[[int, Tensor, Tensor, Tensor], Tensor]

# With each model the copies made so far; they go when it goes.
_packed: WeakKeyDictionary[GPT, dict[nn.Linear, Tensor]] = WeakKeyDictionary()
_packing = threading.Lock()


def one_dnn_serves(weight: Tensor) -> bool:
    """Whether oneDNN's linear kernel can be used: what torch.compile uses on the CPU, too."""
    return (
        weight.device.type == "cpu"
        and weight.dtype is torch.float32
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def pack_some(model: GPT, numbers: int) -> dict[nn.Linear, Tensor]:
    """Packs further matrices, up to about `numbers` of their numbers; all that are packed."""
    with _packing:
        done = _packed.setdefault(model, {})
        for layer in model.modules():
            if numbers <= 0:
                break
            if isinstance(layer, nn.Linear) and layer not in done:
                done[layer] = torch.ops.mkldnn._reorder_linear_weight(layer.weight, _PACKING_ROWS)
                numbers -= layer.weight.numel()
        return done


class Decoder:
    """`rows` sequences of one model with `room` tokens each.

    `prefill` starts rows, `step` extends all of them. A row's result does not depend on the others.
    """

    def __init__(self, model: GPT, rows: int, room: int) -> None:
        c, weight = model.config, model.wte.weight
        self.model, self.rows = model, rows
        self.lengths = [0] * rows
        shape = (c.n_layer, rows, c.n_head, room, c.head_dim)
        # Zeros, not new memory: behind a row's end the mask makes a weight 0, and 0 * NaN is NaN.
        self._k, self._v = weight.new_zeros(shape), weight.new_zeros(shape)
        self._one_dnn = one_dnn_serves(weight)
        with _packing:
            self._weights = _packed.get(model, {})
        room = free_bytes(weight.device) > _ROOM_TO_PACK * packed_bytes(c)
        self._packs = self._one_dnn and room
        self._steps_before_packing = _STEPS_BEFORE_PACKING if rows == 1 else 0

    @torch.inference_mode()
    def prefill(self, rows: Sequence[int], ids: Sequence[int]) -> Tensor:
        """Feeds one whole prompt to one or more empty rows: (V,) float32 logits of what follows."""
        T = len(ids)

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            q, k, v = (y.transpose(0, 1) for y in (q, k, v))  # (T, H, E/H) -> (H, T, E/H)
            for row in rows:
                self._k[layer, row, :, :T], self._v[layer, row, :, :T] = k, v
            y = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)
            return y[0].transpose(0, 1)

        idx = torch.tensor([ids], device=self._k.device)
        x = self._blocks(self.model.embed(idx)[0], attend)
        for row in rows:
            self.lengths[row] = T
        return self._unembed(x[-1:])[0]

    @torch.inference_mode()
    def step(self, tokens: Sequence[int]) -> Tensor:
        """Appends one token to every row: (rows, V) float32 logits of what follows."""
        device = self._k.device
        positions = torch.tensor(self.lengths, device=device)
        each_row = torch.arange(self.rows, device=device)
        longest = max(self.lengths) + 1
        mask = None
        if min(self.lengths) + 1 < longest:  # shorter rows must not look behind their end
            mask = (torch.arange(longest, device=device) <= positions[:, None])[:, None, None]

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            k_cache, v_cache = self._k[layer], self._v[layer]  # (rows, H, room, E/H)
            k_cache[each_row, :, positions], v_cache[each_row, :, positions] = k, v
            k, v = k_cache[:, :, :longest], v_cache[:, :, :longest]
            return F.scaled_dot_product_attention(q[:, :, None], k, v, mask)

        self._steps_before_packing -= 1
        if self._packs and self._steps_before_packing < 0:
            self._weights = pack_some(self.model, _PACKED_A_STEP)
        x = self.model.wte(torch.tensor(tokens, device=device)) + self.model.wpe(positions)
        x = self._blocks(x, attend)
        self.lengths = [n + 1 for n in self.lengths]
        return self._unembed(x)

    def _blocks(self, x: Tensor, attend: Attend) -> Tensor:
        """(N, E) -> (N, E) through all blocks; `attend` mixes the N tokens as they may be mixed."""
        N, H = x.size(0), self.model.config.n_head
        for layer, block in enumerate(self.model.blocks):
            qkv = self._linear(self._norm(x, block.ln_1), block.attn.c_attn)
            q, k, v = qkv.view(N, 3, H, -1).unbind(1)
            y = attend(layer, q, k, v).reshape(N, -1)
            x_at = x + self._linear(y, block.attn.c_proj)
            y = self._linear(self._norm(x_at, block.ln_2), block.mlp.c_fc, gelu=True)
            x = x_at + self._linear(y, block.mlp.c_proj)
        return x

    def _unembed(self, x: Tensor) -> Tensor:
        """(N, E) -> (N, V) float32 logits."""
        return self._linear(self._norm(x, self.model.transformer["ln_f"]), self.model.lm_head).float()

    def _norm(self, x: Tensor, layer: nn.Module) -> Tensor:
        assert isinstance(layer, nn.LayerNorm)
        return F.layer_norm(x, layer.normalized_shape, layer.weight, layer.bias, LAYER_NORM_EPS)

    def _linear(self, x: Tensor, layer: nn.Linear, *, gelu: bool = False) -> Tensor:
        """x @ weight.T + bias, with GPT-2's GELU behind it if asked for."""
        if self._one_dnn:
            rows, packed = x.size(0), self._weights.get(layer)
            if packed is not None and rows < _FEWEST_ROWS:
                x = F.pad(x, (0, 0, 0, _FEWEST_ROWS - rows))
            weight = layer.weight if packed is None else packed
            attr, algorithm = ("gelu", "tanh") if gelu else ("none", "")
            y: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, layer.bias, attr, [], algorithm)
            return y[:rows]
        y = F.linear(x, layer.weight, layer.bias)
        return F.gelu(y, approximate="tanh") if gelu else y
