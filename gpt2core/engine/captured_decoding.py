"""Decoding on a GPU: the captured steps of a model's caches, the next one launched before anybody has
looked at what the last one gave.

A step of GPT-2 Small takes 0.3 ms there, and what Python does between two of them a quarter of that. Where
every sequence goes on for certain, the GPU therefore takes the tokens it has just drawn, without waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gpt2core.config import SamplingOptions
from gpt2core.engine.cuda_graph import step_inputs
from gpt2core.engine.kv_cache import KVCache, Slot
from gpt2core.model.sampling import Drawn


@dataclass(frozen=True)
class _Launched:
    """A step that is on its way: of which slots, at which lengths, drawn how."""

    slots: list[Slot]
    lengths: list[int]
    options: list[SamplingOptions]
    logits: Tensor  # (N, V)
    drawn: Tensor | None  # (3, N) on the host, once `ready`; see cuda_graph.StepFunction
    ready: torch.cuda.Event | None


class CapturedDecoding:
    """Of one model. Every cache has its captured step; where there is no CUDA the steps simply run."""

    def __init__(self) -> None:
        self._ahead: _Launched | None = None

    def decode(
        self, caches: Sequence[KVCache], tokens: Sequence[int], options: list[SamplingOptions], *,
        goes_on: bool,
    ) -> tuple[Tensor, Drawn | None]:  # fmt: skip
        """(N, V) logits behind `tokens`, one for each slot of `caches`, and what was drawn from them if the
        step draws. `goes_on`: every sequence is going to have one more token after that."""
        slots = [slot for cache in caches for slot in cache.slots]
        lengths = [slot.length for slot in slots]
        ahead, self._ahead = self._ahead, None
        # What was launched for others is in nobody's way: these slots' next step writes where it wrote.
        if ahead is None or (ahead.slots, ahead.lengths, ahead.options) != (slots, lengths, options):
            ahead = self._launch(caches, slots, lengths, options, tokens)
        if goes_on and ahead.drawn is not None and not any(o.top_k or o.top_p for o in options):
            self._ahead = self._launch(caches, slots, [n + 1 for n in lengths], options)
        if ahead.drawn is None or ahead.ready is None:
            return ahead.logits, None
        ahead.ready.synchronize()
        return ahead.logits, list(zip(*ahead.drawn.tolist(), strict=True))

    @staticmethod
    def _launch(
        caches: Sequence[KVCache], slots: list[Slot], lengths: list[int], options: list[SamplingOptions],
        tokens: Sequence[int] | None = None,
    ) -> _Launched:  # fmt: skip
        """Cache by cache, each over all its slots at full length: shapes that never change. Without
        `tokens` it is those that the step before has drawn."""
        logits: list[Tensor] = []
        drawn: list[Tensor] = []
        start, given = 0, tokens or [0] * len(slots)
        for cache in caches:
            n = len(cache.slots)
            if not n:
                continue
            assert cache.graph is not None
            here = slice(start, start + n)
            inputs = step_inputs(given[here], lengths[here], options[here], cache.n_slots)
            of_cache, drawn_here = cache.graph(inputs, drawn_before=tokens is None)
            logits.append(of_cache[:n].clone())
            drawn += [] if drawn_here is None else [drawn_here[:, :n]]
            start += n
        on_host = ready = None
        if len(drawn) == len(logits):
            on_host = torch.empty(3, len(slots), pin_memory=True)
            on_host.copy_(torch.cat(drawn, 1), non_blocking=True)
            ready = torch.cuda.Event()  # type: ignore[no-untyped-call]
            ready.record()
        together = logits[0] if len(logits) == 1 else torch.cat(logits)
        return _Launched(slots, lengths, options, together, on_host, ready)
