"""A decoding step captured in a CUDA graph, which saves the launches of many small kernels."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gpt2core.engine.faults import poisons
from gpt2core.runtime.device import capturing


class CUDAGraphStep:
    """A step (idx (N,), positions (N,)) -> logits (N, V), captured in a CUDA graph.

    Nothing in `step` may depend on the values, and memory never moves: so a replay is the step. Where
    there is no CUDA, or a driver refuses, the step simply runs.
    """

    def __init__(
        self, step: Callable[[Tensor, Tensor], Tensor], n_slots: int, device: torch.device
    ) -> None:
        self._step, self._n_slots = step, n_slots
        self._inputs = torch.zeros(2, n_slots, dtype=torch.long, device=device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._untried = device.type == "cuda"

    def _run(self) -> Tensor:
        return self._step(self._inputs[0], self._inputs[1])

    @torch.inference_mode()
    def _capture(self) -> None:
        before = torch.cuda.current_stream()
        try:
            side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                self._run()  # libraries take their workspaces on a first run, which a capture forbids
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            # "thread_local": another thread may build a model meanwhile
            with capturing, torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._logits = self._run()
            self._graph = graph
        except RuntimeError as refused:
            torch.cuda.set_stream(before)  # a capture that failed leaves its own behind
            if poisons(refused):
                raise
            warnings.warn(f"decoding without a CUDA graph: {refused}", stacklevel=2)

    def __call__(self, tokens: Sequence[int], lengths: Sequence[int]) -> Tensor:
        """(len(tokens), V) logits; overwritten by the next call."""
        padding = [0] * (self._n_slots - len(tokens))
        values = torch.tensor([[*tokens, *padding], [*lengths, *padding]])
        self._inputs.copy_(values)
        if self._untried:  # not sooner: the run before a capture writes keys and values at these positions
            self._untried = False
            self._capture()
        if self._graph is None:
            return self._run()[: len(tokens)]
        self._graph.replay()
        return self._logits[: len(tokens)]
