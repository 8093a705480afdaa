"""A decoding step captured in a CUDA graph, which saves the launches of many small kernels."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from gpt2core.config import SamplingOptions
from gpt2core.engine.faults import poisons
from gpt2core.model.noise import noise_words
from gpt2core.runtime.device import capturing

# What a step is given, (5, N) int32: tokens, their positions, two words of noise for what is drawn next,
# and its temperature, as a float32's bits. Then logits (N, V) and, where the step draws itself,
# drawn (3, N): token, its probability, entropy in nats; float32, both.
StepFunction: TypeAlias = Callable[[Tensor], tuple[Tensor, Tensor | None]]


def step_inputs(
    tokens: Sequence[int], positions: Sequence[int], options: Sequence[SamplingOptions], n_slots: int
) -> Tensor:
    """As a `StepFunction` takes them, with rows of nothing behind up to `n_slots`."""
    words = [noise_words(o.seed, at + 1) for o, at in zip(options, positions, strict=True)]
    inputs = torch.zeros(5, n_slots, dtype=torch.int32)
    inputs[:4, : len(tokens)] = torch.tensor([tokens, positions, *zip(*words, strict=True)])
    temperatures = torch.tensor([o.temperature for o in options], dtype=torch.float32)
    inputs[4, : len(tokens)] = temperatures.view(torch.int32)
    return inputs


class CUDAGraphStep:
    """Nothing in `step` may depend on the values, and memory never moves: so a replay is the step. Where
    there is no CUDA, or a driver refuses, the step simply runs."""

    def __init__(self, step: StepFunction, n_slots: int, device: torch.device) -> None:
        self._step = step
        self._inputs = torch.zeros(5, n_slots, dtype=torch.int32, device=device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._untried = device.type == "cuda"

    @torch.inference_mode()
    def _capture(self) -> None:
        before = torch.cuda.current_stream()
        try:
            side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                self._step(self._inputs)  # libraries take their workspaces now, which a capture forbids
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            # "thread_local": another thread may build a model meanwhile
            with capturing, torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._found = self._step(self._inputs)
            self._graph = graph
        except RuntimeError as refused:
            torch.cuda.set_stream(before)  # a capture that failed leaves its own behind
            if poisons(refused):
                raise
            warnings.warn(f"decoding without a CUDA graph: {refused}", stacklevel=2)

    def __call__(self, inputs: Tensor, *, drawn_before: bool = False) -> tuple[Tensor, Tensor | None]:
        """Results are overwritten by the next call. `drawn_before`: the tokens are not those of `inputs`
        but those that the step before has drawn, which nobody has looked at yet."""
        if self._untried:  # not sooner: the run before a capture writes keys and values at these positions
            self._untried = False
            self._inputs.copy_(inputs)
            self._capture()
        first = int(drawn_before)  # a step that draws leaves its tokens where the next finds them
        self._inputs[first:].copy_(inputs[first:], non_blocking=True)
        if self._graph is None:
            return self._step(self._inputs)
        self._graph.replay()
        return self._found
