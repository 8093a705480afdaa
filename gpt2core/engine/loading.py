"""How a model comes into memory, piece by piece: drawn or read, then packed for a CPU."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing

from gpt2core.engine.linear_kernels import pack_in_steps
from gpt2core.engine.run_store import RunStore
from gpt2core.errors import ConfigError
from gpt2core.model.built import BuiltModel, report_on
from gpt2core.model.checkpoint import checkpoint_from_bytes, load_in_steps
from gpt2core.model.hub import RELEASED, openai_checkpoint, require_released
from gpt2core.model.weights import build_in_steps
from gpt2core.runtime.device import pick_device, torch_dtype, used_bytes
from gpt2core.serving.messages import BuildRequest, Snapshot
from gpt2core.validation import OPENAI, RANDOM

_READING_SHARE = 0.75  # of a load; the rest is packing


def check_weights(request: BuildRequest, store: RunStore) -> None:
    """Raises ConfigError for weights that there are not here for this shape."""
    if request.weights == OPENAI:
        _released_name(request)
    elif request.weights != RANDOM:
        _snapshot(request, store)


def model_in_steps(
    request: BuildRequest, device: str, store: RunStore, *, pack: bool, beside_heap: bool
) -> Generator[float, None, BuiltModel]:
    """The model that `request` asks for; yields how far that is, 0 to 1. Raises ConfigError for weights
    that there are not here."""
    share = _READING_SHARE if pack else 1.0
    built: BuiltModel | None = None
    with closing(_read(request, device, store, beside_heap=beside_heap)) as reading:
        while built is None:
            try:
                yield share * next(reading)
            except StopIteration as read:
                built = read.value
    if pack:
        with closing(pack_in_steps(built.model)) as packing:
            for progress in packing:
                yield share + (1 - share) * progress
    return built


def _read(
    request: BuildRequest, device: str, store: RunStore, *, beside_heap: bool
) -> Generator[float, None, BuiltModel]:
    dtype = torch_dtype(request.dtype)
    if request.weights == RANDOM:
        return build_in_steps(
            request.config, request.seed, device, dtype, reserved=True, beside_heap=beside_heap
        )
    if request.weights == OPENAI:
        return load_in_steps(_released_name(request), device, dtype, reserved=True, beside_heap=beside_heap)
    return _learnt(request, device, _snapshot(request, store))


def _released_name(request: BuildRequest) -> str:
    name = openai_checkpoint(request.config)
    if name is None:
        raise ConfigError("released_shape", "weights", request.weights, allowed=", ".join(RELEASED))
    require_released(name)
    return name


def _snapshot(request: BuildRequest, store: RunStore) -> Snapshot:
    found = store.named(request.weights)
    if found.request.config != request.config:
        raise ConfigError("run_shape", "weights", request.weights)
    return found


def _learnt(request: BuildRequest, device: str, snapshot: Snapshot) -> Generator[float, None, BuiltModel]:
    target, begin = pick_device(device), time.perf_counter()
    before = used_bytes(target)
    yield 0.0
    model = checkpoint_from_bytes(snapshot.weights, request.config, target, torch_dtype(request.dtype))
    report = report_on(model, target, request.seed, before, begin, request.weights)
    return BuiltModel(model, request.config, report)
