"""The step that a GPU repeats from a CUDA graph, as far as a CPU can show it."""

from __future__ import annotations

import gc
import re
import weakref
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from shapes import TINY
from torch.utils._python_dispatch import TorchDispatchMode

from gpt2core import build
from gpt2core.config import SamplingOptions
from gpt2core.engine import cuda_kernels
from gpt2core.engine.cuda_graph import CUDAGraphStep, step_inputs
from gpt2core.engine.kv_cache import Slot
from gpt2core.engine.model_runner import ModelRunner
from gpt2core.model.noise import noise_words


def started(runner: ModelRunner) -> Slot:
    prefill = runner.begin_prefill([1, 2, 3])
    runner.prefill([(prefill, 3)])
    return runner.allocate([prefill], 20)[0]


class _NoSurprises(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Fails on what a CUDA graph cannot hold: reading a value back, or shapes that depend on one."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = func.name().partition(".")[0]
        assert name not in (
            "aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select", "aten::_to_copy",
            "aten::item", "aten::lift_fresh",
        ), name  # fmt: skip
        return func(*args, **(kwargs or {}))


def test_the_captured_step_holds_still() -> None:
    """What is captured neither reads values back nor brings any in, and gives them for all rows."""
    runner = ModelRunner(build(TINY, device="cpu").model)
    slot = started(runner)
    step = runner.capture(slot.cache)
    no_surprises = _NoSurprises()  # type: ignore[no-untyped-call]
    with no_surprises, torch.inference_mode():
        logits, drawn = step._step(step._inputs)
        assert logits.shape == (slot.cache.n_slots, TINY.vocab_size)
        assert drawn is None, "without kernels of our own it is drawn from the logits later"
    with no_surprises, pytest.raises(AssertionError):
        torch.ones(2)[torch.tensor([0])].tolist()


def test_a_captured_step_does_not_keep_its_cache() -> None:
    """Nor its model, which would stay on the GPU until the garbage collector comes by."""
    runner = ModelRunner(build(TINY, device="cpu").model)
    slot = started(runner)
    slot.cache.graph = runner.capture(slot.cache)
    runner.free(slot)
    gone: list[weakref.ref[Any]] = [weakref.ref(each) for each in (slot.cache, runner, runner.model)]
    gc.collect()
    gc.disable()
    try:
        del runner, slot
        assert [ref() for ref in gone] == [None, None, None]
    finally:
        gc.enable()


def test_a_step_is_captured_with_what_it_is_about_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run before a capture writes keys and values: at the wrong positions it would destroy others'."""
    seen: list[list[list[int]]] = []

    def capture(self: CUDAGraphStep) -> None:
        seen.append(self._inputs.tolist())

    monkeypatch.setattr(CUDAGraphStep, "_capture", capture)
    step = CUDAGraphStep(lambda inputs: (inputs[0] + inputs[1], None), 3, torch.device("cpu"))
    monkeypatch.setattr(step, "_untried", True)  # as on a GPU
    options = [SamplingOptions(), SamplingOptions(0.5)]
    inputs = step_inputs([5, 6], [10, 11], options, 3)
    for _ in range(2):
        assert step(inputs)[0].tolist() == [15, 17, 0]
    assert seen == [inputs.tolist()]


def test_a_step_may_take_the_tokens_that_the_last_one_drew() -> None:
    def step(inputs: torch.Tensor) -> tuple[torch.Tensor, None]:
        inputs[0] += 1  # as `choose` of sampling.cu leaves its tokens there
        return inputs.clone(), None

    captured = CUDAGraphStep(step, 1, torch.device("cpu"))
    captured(step_inputs([5], [10], [SamplingOptions()], 1))
    found, _ = captured(step_inputs([0], [11], [SamplingOptions(0.5, seed=3)], 1), drawn_before=True)
    assert found[:2].tolist() == [[7], [11]]
    assert found[2:4, 0].tolist() == list(noise_words(3, 12))
    assert found[4].view(torch.float32).tolist() == [0.5]


def test_every_kernel_that_is_loaded_is_there() -> None:
    """What the kernels compute only a GPU can show (tests/test_gpu.py); none has a name by mistake."""
    defined = re.findall(r'extern "C" __global__ void (\w+)\(', cuda_kernels.source())
    outputs = re.findall(r"^NORM_LINEAR\((\d)\)$", cuda_kernels.source(), re.MULTILINE)
    names = {*defined, *(f"norm_linear_{n}" for n in outputs)} - {"norm_linear_"}
    assert names == set(cuda_kernels.NAMES)
