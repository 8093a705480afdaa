"""How a model comes into memory, piece by piece: drawn or read, then packed for a CPU."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

import torch
from safetensors.torch import load

from gpt2core.engine.linear_kernels import pack_in_steps
from gpt2core.engine.run_store import RunStore
from gpt2core.errors import ConfigError
from gpt2core.model.weights import BuiltModel, build_in_steps
from gpt2core.runtime.device import torch_dtype
from gpt2core.serving.messages import BuildRequest
from gpt2core.validation import RANDOM

_DRAWING_SHARE = 0.75  # of a load; the rest is packing


def load_in_steps(
    request: BuildRequest, device: str, store: RunStore, *, pack: bool, beside_heap: bool
) -> Generator[float, None, BuiltModel]:
    """The model that `request` asks for; yields how far that is, 0 to 1. Raises ConfigError for weights
    that are not kept in `store`, or are of another shape."""
    share = _DRAWING_SHARE if pack else 1.0
    built: BuiltModel | None = None
    reading = _learnt(request, device, store, beside_heap=beside_heap)
    with closing(reading) as steps:
        while built is None:
            try:
                yield share * next(steps)
            except StopIteration as read:
                built = read.value
    if pack:
        with closing(pack_in_steps(built.model)) as packing:
            for progress in packing:
                yield share + (1 - share) * progress
    return built


def _learnt(
    request: BuildRequest, device: str, store: RunStore, *, beside_heap: bool
) -> Generator[float, None, BuiltModel]:
    """Random weights, with what a run has learnt in their place if it is one's."""
    snapshot = None if request.weights == RANDOM else store.named(request.weights)
    if snapshot is not None and snapshot.request.config != request.config:
        raise ConfigError("run_shape", "weights", request.weights)
    built = yield from build_in_steps(
        request.config, request.seed, device, torch_dtype(request.dtype), reserved=True,
        beside_heap=beside_heap,
    )  # fmt: skip
    if snapshot is not None:
        tensors = load(snapshot.weights)
        with torch.inference_mode(False), torch.no_grad():
            for name, parameter in built.model.named_parameters():
                parameter.copy_(tensors[f"weights/{name}"])
    return built
