"""A model on its way into the pool: room for it first, then its building, for as long as it is wanted."""

from __future__ import annotations

from collections.abc import Callable

import torch

from gpt2core.admission import Build, Job, check_fits, need_bytes
from gpt2core.build import BuiltModel, build_in_steps
from gpt2core.costs import packed_bytes
from gpt2core.device import free_bytes, give_back, pick_device
from gpt2core.kernels import packing_serves
from gpt2core.pool import Pool


def reserve(job: Job, pool: Pool, device: torch.device) -> Build | None:
    """Reserves the memory of the model that `job` needs, with a packed copy of its matrices where that
    serves and fits, too. None where there is no room now."""
    request = job.request.model
    need, packed = need_bytes(request.config, job.speech), packed_bytes(request.config)
    pack = packing_serves(device) and pool.make_room(need + packed)
    if not pack and not pool.make_room(need):
        return None
    pool.reserved = need + pack * packed
    return Build(request, pack=pack)


def carry_out(build: Build, device: torch.device, wanted: Callable[[], bool]) -> BuiltModel | None:
    """The model, or None as soon as it is not `wanted` any more. Raises ConfigError and torch's own."""
    request = build.request
    name = request.device or str(device)
    give_back()
    # Somebody else may have taken memory since the limit was set.
    check_fits(request.config, None, free_bytes(pick_device(name)))
    steps = build_in_steps(request.config, request.seed, name, reserved=True)
    while wanted():
        try:
            build.progress = next(steps)
        except StopIteration as done:
            built: BuiltModel = done.value
            return built
    steps.close()
    return None
