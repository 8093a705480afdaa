"""What only a GPU can show; engine/test_model_runner.py runs the same step uncaptured on the CPU."""

from __future__ import annotations

import copy
import gc

import pytest
import torch
from shapes import TINY

from gpt2core import GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.engine.batch import Batch
from gpt2core.engine.sequence import Sequence
from gpt2core.model.gpt import GPT

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
OPTIONS = [SamplingOptions(t, max_new_tokens=30, seed=n) for n, t in enumerate((0.0, 0.1, 1.0))]


def spoken(model: GPT, options: SamplingOptions = OPTIONS[2]) -> list[int]:
    steps = generate(model, [3, 1, 4], options.max_new_tokens, options.temperature, seed=options.seed)
    return [step.token_id for step in steps]


def test_the_same_arguments_give_the_same_weights_there() -> None:
    first, second = (build(TINY, seed=3, device="cuda").model for _ in range(2))
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert first.lm_head.weight is first.wte.weight


def test_the_step_is_captured_and_says_what_the_cpu_says() -> None:
    on_cpu = build(TINY, seed=1, device="cpu").model
    on_gpu = copy.deepcopy(on_cpu).cuda()
    on_gpu.tie_weights()
    batch = Batch(on_gpu)
    sequences = [Sequence([3, 1, 4], [options], TINY) for options in OPTIONS]
    for sequence in sequences:
        batch.add(sequence)
    batch.prefill()
    batch.decode()
    graphs = [cache.graph for cache in batch.runner.caches if cache.slots]
    assert all(graph is not None and graph._graph is not None for graph in graphs)
    while batch.decode():
        pass
    assert [s.tokens[0] for s in sequences] == [spoken(on_cpu, options) for options in OPTIONS]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_dtype_speaks_and_says_which_it_is(dtype: torch.dtype) -> None:
    built = build(TINY, device="cuda", dtype=dtype)
    assert built.report.dtype == str(dtype).removeprefix("torch.")
    assert len(spoken(built.model)) == 30


def test_memory_goes_back() -> None:
    """At once, without the garbage collector; torch's own workspaces stay, a fraction of this model."""
    config = GPTConfig(8, 8, 512)
    gc.collect()
    gc.disable()
    try:
        before = torch.cuda.memory_allocated()
        built = build(config, device="cuda")
        weight_bytes = built.report.weight_bytes
        spoken(built.model)
        assert torch.cuda.memory_allocated() - before > weight_bytes
        del built
        assert torch.cuda.memory_allocated() - before < weight_bytes / 2
    finally:
        gc.enable()
