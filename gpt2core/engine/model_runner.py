"""The fast path beside gpt.py: prefills prompts and decodes many sequences by one token each, in one pass.

It computes what `GPT.forward` computes, from the same weights, and is tested equal to it. What makes
it fast: a prompt goes through once, memory for keys and values is taken once, logits are made for
the last position only, and the matrices go through the fastest kernels the device has
(linear_kernels.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast
from weakref import proxy

import torch
from torch import Tensor, nn

from gpt2core.config import SamplingOptions
from gpt2core.counting.footprint import kv_cache_bytes, kv_cache_len
from gpt2core.engine import cuda_step
from gpt2core.engine.attention import quick_to_start
from gpt2core.engine.captured_decoding import CapturedDecoding
from gpt2core.engine.cuda_graph import CUDAGraphStep
from gpt2core.engine.kv_cache import KVCache, Prefill, Slot, Span, spans_of
from gpt2core.engine.linear_kernels import LinearKernels
from gpt2core.model.gpt import GPT, LAYER_NORM_EPS
from gpt2core.model.sampling import Drawn

_MOST_SLOTS, _LARGEST_CACHE = 64, 2**28  # slots, bytes: a cache that is mostly empty wastes no more

# (layer, q, k, v) -> y, all (N, H, E/H)
Attend: TypeAlias = Callable[[int, Tensor, Tensor, Tensor], Tensor]


class ModelRunner:
    """Any number of sequences of one model. A sequence's result does not depend on the others.

    `begin_prefill` and `prefill` bring prompts through, `allocate` makes sequences of one, `decode`
    extends all sequences by a token, `free` takes one out. `pack`: see `LinearKernels`.
    """

    def __init__(self, model: GPT, *, pack: bool = False) -> None:
        self.model = model
        self.caches: list[KVCache] = []
        self._linears = LinearKernels(model, pack=pack)
        # Whether steps are captured in CUDA graphs, which takes memory for each cache.
        self.captures = model.wte.weight.device.type == "cuda"
        self._captured = CapturedDecoding()

    @property
    def slots(self) -> list[Slot]:
        """In the order in which `decode` takes tokens and gives logits."""
        return [slot for cache in self.caches for slot in cache.slots]

    def begin_prefill(self, ids: Sequence[int]) -> Prefill:
        c = self.model.config
        shape = (c.n_layer, c.n_head, len(ids), c.head_dim)
        weight = self.model.wte.weight
        return Prefill(ids, weight.new_empty(shape), weight.new_empty(shape))

    @torch.inference_mode()
    def prefill(self, chunks: Sequence[tuple[Prefill, int]]) -> None:
        """Brings a number of further tokens of each prompt through, all in one pass."""
        spans, start = [], 0
        for prefill, n in chunks:
            spans.append((prefill, slice(start, start + n), prefill.n_computed, prefill.n_computed + n))
            start += n
        device = self.model.wte.weight.device
        idx = torch.tensor([i for p, _, begin, end in spans for i in p.ids[begin:end]], device=device)
        positions = torch.cat([torch.arange(begin, end, device=device) for _, _, begin, end in spans])

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            return torch.cat([p.attend(layer, begin, q[at], k[at], v[at]) for p, at, begin, _ in spans])

        x = self._blocks(self.model.wte(idx) + self.model.wpe(positions), attend)
        for prefill, _, _, end in spans:
            prefill.n_computed = end
        complete = [(p, at.stop - 1) for p, at, _, _ in spans if p.n_computed == len(p.ids)]
        if complete:
            logits = self._unembed(x[[last for _, last in complete]])
            for (prefill, _), each in zip(complete, logits, strict=True):
                prefill.logits = each

    @torch.inference_mode()
    def allocate(self, prefills: Sequence[Prefill], max_len: int) -> list[Slot]:
        """Makes a sequence of each of `prefills`, which are complete; it may become `max_len` tokens
        long. The same prefill may stand there several times."""
        n_slots, max_len = (
            self.slots_to_add(max_len, len(prefills)),
            kv_cache_len(self.model.config, max_len),
        )
        if n_slots:
            self.caches.append(KVCache(self.model, n_slots, max_len))
        cache = next(cache for cache in self.caches if self._fits(cache, max_len, len(prefills)))
        return [cache.allocate(prefill) for prefill in prefills]

    def slots_to_add(self, max_len: int, copies: int = 1) -> int:
        """How many slots `allocate` would have to make; 0 where a cache has them.

        Every new cache of a length is as large as those before it together, within bounds: so few
        caches serve many sequences, and one sequence takes no more than it needs.
        """
        max_len = kv_cache_len(self.model.config, max_len)
        if any(self._fits(cache, max_len, copies) for cache in self.caches):
            return 0
        one = kv_cache_bytes(self.model.config, max_len, dtype_bytes=self.model.wte.weight.itemsize)
        most = min(_MOST_SLOTS, _LARGEST_CACHE // one)
        there = sum(cache.n_slots for cache in self.caches if cache.max_len == max_len)
        return max(copies, min(most, there))

    @staticmethod
    def _fits(cache: KVCache, max_len: int, copies: int) -> bool:
        return cache.max_len == max_len and cache.n_slots - len(cache.slots) >= copies

    @torch.inference_mode()
    def free(self, slot: Slot) -> None:
        """Takes a sequence out; an empty cache gives its memory back, unless its step is captured."""
        slot.cache.free(slot)
        if not slot.cache.slots and slot.cache.graph is None:
            self.caches.remove(slot.cache)

    def decode(self, tokens: Sequence[int]) -> Tensor:
        """Appends one token to every sequence, in the order of `slots`: (N, V) float32 logits."""
        return self.decode_and_draw(tokens, [SamplingOptions()] * len(tokens))[0]

    @torch.inference_mode()
    def decode_and_draw(
        self, tokens: Sequence[int], options: list[SamplingOptions], slots: Sequence[Slot] = (), *,
        goes_on: bool = False,
    ) -> tuple[Tensor, Drawn | None]:  # fmt: skip
        """The same, of all or only of some `slots`, and the tokens that `options` draw, where the device
        does that in the same step. `goes_on`: every sequence is going to be given one more after that."""
        slots, drawn = slots or self.slots, None
        if self.captures:  # which is of all
            for cache in self.caches:
                cache.graph = cache.graph or self.capture(cache)
            logits, drawn = self._captured.decode(self.caches, tokens, options, goes_on=goes_on)
        else:
            device, padding = self.model.wte.weight.device, [0] * (self._linears.fewest_rows - len(slots))
            idx = torch.tensor([*tokens, *padding], device=device)
            positions = torch.tensor([*(slot.length for slot in slots), *padding], device=device)
            logits = self._step(idx, positions, spans_of(slots, positions))[: len(slots)]
        for slot in slots:
            slot.length += 1
        return logits, drawn

    def capture(self, cache: KVCache) -> CUDAGraphStep:
        """The step of all slots of `cache`."""
        this = proxy(self)  # the cache is going to hold the step: if that held the cache, both would stay

        def forward(idx: Tensor, positions: Tensor, span: Span) -> Tensor:
            return cast(Tensor, this._step(idx, positions, [span]))

        return cuda_step.capture(self.model, cache, forward)

    def _step(self, idx: Tensor, positions: Tensor, spans: Sequence[Span]) -> Tensor:
        """(N,) tokens at (N,) positions -> (N, V) logits. Rows in no span are padding, to be ignored."""

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            parts = [span.attend(layer, q, k, v) for span in spans]
            padding = q.size(0) - sum(span.n for span in spans)
            if padding:
                parts.append(q.new_zeros(padding, *q.shape[1:]))
            return parts[0] if len(parts) == 1 else torch.cat(parts)

        return self._unembed(self._blocks(self.model.wte(idx) + self.model.wpe(positions), attend))

    def _blocks(self, x: Tensor, attend: Attend) -> Tensor:
        """(N, E) -> (N, E) through all blocks; `attend` mixes the N tokens as they may be mixed."""
        N, H, linear = x.size(0), self.model.config.n_head, self._linears
        with quick_to_start(x.device):
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
