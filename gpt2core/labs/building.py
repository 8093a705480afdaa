"""A model of a lab's own, built in parts between which the lab may be ended."""

from __future__ import annotations

import torch

from gpt2core.config import GPTConfig
from gpt2core.engine.job import Checkpoint
from gpt2core.model.weights import BuiltModel, build_in_steps


def built_in_parts(
    config: GPTConfig, seed: int, device: str | None, dtype: torch.dtype, checkpoint: Checkpoint
) -> BuiltModel:
    """As `build`, in memory that the lab has reserved."""
    steps = build_in_steps(config, seed, device, dtype, reserved=True)
    try:
        while True:
            checkpoint()
            next(steps)
    except StopIteration as done:
        built: BuiltModel = done.value
        return built
    finally:
        steps.close()
