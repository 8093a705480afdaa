"""What multiplies by a model's matrices, and the copies of them that it makes."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest
from app_process import ROOT
from shapes import TINY

from gpt2core import GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.counting.footprint import packed_bytes
from gpt2core.engine import linear_kernels
from gpt2core.engine.linear_kernels import pack_in_steps, packed
from gpt2core.model.generation import generate_rows
from gpt2core.runtime.device import usable_cores

MATRICES = 4 * TINY.n_layer + 1


def test_packed_weights_are_kept_with_the_model_and_go_with_it() -> None:
    model = build(TINY, device="cpu").model
    list(generate(model, [1], 40))
    assert not packed(model), "one short row is done before packing pays"
    list(generate_rows(model, [1], [SamplingOptions(max_new_tokens=40)] * 2))
    assert len(packed(model)) == MATRICES
    copies = packed(model)
    list(generate_rows(model, [1], [SamplingOptions(max_new_tokens=40)] * 2))
    assert all(packed(model)[layer] is copy for layer, copy in copies.items()), "each once"
    gone = weakref.ref(model)
    del model, copies
    gc.collect()
    assert gone() is None, "the packed copies must not hold their model"


def test_nothing_is_packed_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_kernels, "free_bytes", lambda device: packed_bytes(TINY))
    model = build(TINY, seed=4, device="cpu").model
    list(generate_rows(model, [1], [SamplingOptions(max_new_tokens=40)] * 2))
    assert not packed(model)


def test_packing_tells_how_far_it_is_and_can_be_ended() -> None:
    model = build(GPTConfig(24, 1, 8, 8, 50), seed=5, device="cpu").model
    steps = pack_in_steps(model)
    assert 0 < next(steps) < 1
    steps.close()
    assert 0 < len(packed(model)) < 4 * 24 + 1
    shares = list(pack_in_steps(model))
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(packed(model)) == 4 * 24 + 1


def test_a_model_that_was_trained_meanwhile_speaks_by_its_new_weights() -> None:
    model = build(TINY, seed=6, device="cpu").model

    def text() -> list[int]:
        options = [SamplingOptions(0.0, max_new_tokens=40)] * 2
        return [steps[0].token_id for steps in generate_rows(model, [1], options)]

    before = text()
    assert packed(model)
    other = build(TINY, seed=7, device="cpu").model
    model.load_state_dict(other.state_dict())
    assert not packed(model)
    assert text() != before
    assert text() == [step.token_id for step in generate(other, [1], 40, temperature=0)]


def test_packing_leaves_the_caller_its_cores() -> None:
    """What a thread asks torch for is what others get that have not computed yet: packing in threads of
    one core each once left whoever imports this with one core for all that came after."""
    code = """if True:
        import torch
        from gpt2core import GPTConfig, build, generate
        model = build(GPTConfig(2, 2, 64, 128, 300), device="cpu").model
        assert len(list(generate(model, [1, 2], 100))) == 100
        torch.randn(500, 500).exp()
        print(torch.get_num_threads())
    """
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert int(found.stdout) == usable_cores()
