"""A model with its weights, and the report on how it came to them."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

import torch

from gpt2core.config import GPTConfig
from gpt2core.model.gpt import GPT
from gpt2core.runtime.device import device_name, used_bytes


@dataclass(frozen=True)
class BuildReport:
    """What was built, where, and what it took. Bytes and seconds are measured. Weights that were loaded
    have no seed: it is 0."""

    seed: int
    device: str
    device_name: str
    dtype: str
    seconds: float
    unique_total: int
    weight_bytes: int
    memory_before: int
    memory_after: int
    weights: str = "random"  # or the name of what was loaded


@dataclass(frozen=True)
class BuiltModel:
    model: GPT
    config: GPTConfig
    report: BuildReport


def report_on(
    model: GPT, device: torch.device, seed: int, memory_before: int, start: float, weights: str = "random"
) -> BuildReport:
    """On a model that has just got its weights; `start` is of time.perf_counter."""
    if device.type == "cuda":
        torch.cuda.current_stream(device).synchronize()  # not the whole device: another may be captured
    parameters = list(model.parameters())
    return BuildReport(
        seed=seed,
        device=str(device),
        device_name=device_name(device),
        dtype=str(parameters[0].dtype).removeprefix("torch."),
        seconds=time.perf_counter() - start,
        unique_total=sum(p.numel() for p in parameters),
        weight_bytes=sum(p.numel() * p.element_size() for p in parameters),
        memory_before=memory_before,
        memory_after=used_bytes(device),
        weights=weights,
    )


def trainable(steps: Generator[float, None, BuiltModel]) -> BuiltModel:
    """The model at the end of `steps`, its parameters no longer frozen."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            built: BuiltModel = done.value
            built.model.requires_grad_(True)
            return built
