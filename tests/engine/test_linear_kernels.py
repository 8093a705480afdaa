"""What multiplies by a model's matrices, and the copies of them that it makes."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
import weakref

import pytest
import torch
from app_process import ROOT
from shapes import TINY

from gpt2core import GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.counting.footprint import _KERNEL_CACHE_BYTES, packed_bytes
from gpt2core.engine import linear_kernels
from gpt2core.engine.linear_kernels import pack_in_steps, packed, packing_helps
from gpt2core.model.generation import generate_rows
from gpt2core.runtime.device import usable_cores
from gpt2core.serving.process import ENVIRONMENT

MATRICES = 4 * TINY.n_layer + 1
on_glibc_with_one_dnn = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or not packing_helps(torch.device("cpu")),
    reason="another heap cannot be asked, and without oneDNN nothing is packed",
)


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


def test_a_step_that_torch_does_not_count_is_noticed() -> None:
    """The fused AdamW leaves the weights' version as it was."""
    model = build(TINY, seed=6, device="cpu").model
    list(pack_in_steps(model))
    assert len(packed(model)) == MATRICES
    model(torch.tensor([[1, 2, 3]])).logsumexp(-1).sum().backward()
    torch.optim.AdamW(model.parameters(), fused=True).step()
    assert not packed(model)


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


def in_the_engines_environment(code: str) -> int:
    """What `code` prints where the heap says how much of it is taken."""
    taken = """if True:
        import torch
        from gpt2core.runtime import heap
        def taken():
            found = heap._glibc().mallinfo2()
            return found.uordblks + found.hblkhd
        torch.set_num_threads(1)
    """
    found = subprocess.run(
        [sys.executable, "-c", taken + code], capture_output=True, text=True, check=True, cwd=ROOT,
        env=ENVIRONMENT,
    )  # fmt: skip
    return int(found.stdout)


@on_glibc_with_one_dnn
def test_who_plays_for_long_gets_no_more_kernels_than_are_counted() -> None:
    """oneDNN makes one for each number of rows at each matrix; by itself it keeps up to 600 MB of them."""
    grown = in_the_engines_environment("""
        weight = torch.randn(64, 64)
        def multiply(rows):
            torch.ops.mkldnn._linear_pointwise(torch.randn(rows, 64), weight, None, "none", [], "")
        multiply(1)
        before = taken()
        for rows in range(2, 302):
            multiply(rows)
        print(taken() - before)
    """)
    assert _KERNEL_CACHE_BYTES / 4 < grown < _KERNEL_CACHE_BYTES


@on_glibc_with_one_dnn
def test_packed_copies_take_what_is_reserved_for_them() -> None:
    """Also of a width that oneDNN's blocks do not divide."""
    config = GPTConfig(4, 4, 544, 64, 400)
    grown = in_the_engines_environment("""
        from gpt2core import GPTConfig, build
        from gpt2core.engine.linear_kernels import pack_in_steps
        for config in (GPTConfig(1, 1, 64, 64, 64), GPTConfig(4, 4, 544, 64, 400)):
            model = build(config, device="cpu").model
            before = taken()
            assert list(pack_in_steps(model))
            grown = taken() - before
        print(grown)
    """)
    of_each = 40_000  # what torch and oneDNN keep of a tensor besides its numbers
    assert packed_bytes(config) <= grown < packed_bytes(config) + of_each * (4 * config.n_layer + 1)
