"""The step that a GPU repeats from a CUDA graph, as far as a CPU can show it."""

import gc
import weakref

import pytest
import torch
from conftest import TINY
from torch.utils._python_dispatch import TorchDispatchMode

from gpt2core import build
from gpt2core.engine.linear_kernels import CUDAGraphStep
from gpt2core.engine.model_runner import ModelRunner


def started(d: ModelRunner):
    prompt = d.start([1, 2, 3])
    d.prefill([(prompt, 3)])
    return d.join(prompt, 20)[0]


class _NoSurprises(TorchDispatchMode):
    """Fails on what a CUDA graph cannot hold: reading a value back, or shapes that depend on one."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.name().partition(".")[0]
        assert name not in (
            "aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select", "aten::_to_copy",
            "aten::item", "aten::lift_fresh",
        ), name  # fmt: skip
        return func(*args, **(kwargs or {}))


def test_the_captured_step_holds_still():
    """What is captured neither reads values back nor brings any in, and gives them for all rows."""
    model = build(TINY, device="cpu").model
    d = ModelRunner(model)
    row = started(d)
    step = d.capture(row.lane)
    with _NoSurprises(), torch.inference_mode():
        assert step._run().shape == (row.lane.slots, TINY.vocab_size)
    with _NoSurprises(), pytest.raises(AssertionError):
        torch.ones(2)[torch.tensor([0])].tolist()


def test_a_captured_step_does_not_keep_its_lane():
    """Nor its model, which would stay on the GPU until the garbage collector comes by."""
    d = ModelRunner(build(TINY, device="cpu").model)
    row = started(d)
    row.lane.captured = d.capture(row.lane)
    d.leave(row)
    gone = [weakref.ref(row.lane), weakref.ref(d), weakref.ref(d.model)]
    gc.collect()
    gc.disable()
    try:
        del d, row
        assert [ref() for ref in gone] == [None, None, None]
    finally:
        gc.enable()


def test_a_step_is_captured_with_what_it_is_about_to_do(monkeypatch):
    """The run before a capture writes keys and values: at the wrong positions it would destroy others'."""
    seen = []
    monkeypatch.setattr(CUDAGraphStep, "_capture", lambda self: seen.append(self._inputs.tolist()))
    step = CUDAGraphStep(lambda idx, positions: idx + positions, 3, torch.device("cpu"))
    step._untried = True  # as on a GPU
    for _ in range(2):
        assert step([5, 6], [10, 11]).tolist() == [15, 17]
    assert seen == [[[5, 6, 0], [10, 11, 0]]]
