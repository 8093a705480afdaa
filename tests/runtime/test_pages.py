"""Memory straight from the system."""

from __future__ import annotations

import gc
from collections.abc import Generator
from typing import cast

import psutil
import torch

from gpt2core import BuiltModel, GPTConfig, build
from gpt2core.model.weights import build_in_steps


def finished(steps: Generator[float, None, BuiltModel]) -> BuiltModel:
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return cast(BuiltModel, done.value)


def test_a_large_model_may_come_straight_from_the_system() -> None:
    config = GPTConfig(2, 8, 1024, 64, 4000)
    expected, process = build(config, seed=3, device="cpu").model, psutil.Process()
    before = process.memory_info().rss
    steps = build_in_steps(config, 3, "cpu", beside_heap=True)
    next(steps)
    assert process.memory_info().rss - before < 60e6, "what is not drawn yet is not taken"
    model = finished(steps).model
    pairs = zip(model.parameters(), expected.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert process.memory_info().rss - before > 100e6
    del model, pairs, steps
    gc.collect()
    assert process.memory_info().rss - before < 10e6, "it goes back at once"
