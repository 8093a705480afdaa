"""What only a GPU can show; engine/test_model_runner.py runs the same step uncaptured on the CPU."""

from __future__ import annotations

import copy
import gc
from dataclasses import replace

import pytest
import torch
from shapes import TINY

from gpt2core import PRESETS, GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.engine import cuda_step
from gpt2core.engine.batch import Batch
from gpt2core.engine.sequence import Sequence
from gpt2core.model.generation import generate_rows
from gpt2core.model.gpt import GPT
from gpt2core.model.sampling import draw

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
OPTIONS = [SamplingOptions(t, max_new_tokens=30, seed=n) for n, t in enumerate((0.0, 0.1, 1.0))]


SHAPES = [
    TINY,
    GPTConfig(3, 5, 65, 100, 500, bias=False),  # no row of whose matrices begins at 16 bytes
    GPTConfig(2, 1, 320, 100, 51_000, tie_weights=False),  # a wide head, and tokens that no tokenizer has
    GPTConfig(2, 3, 96, 100, 300),
]


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


@pytest.mark.parametrize("own_kernels", [True, False])
@pytest.mark.parametrize("rows", [1, 3, 6])
@pytest.mark.parametrize("config", SHAPES, ids=str)
def test_every_row_says_what_the_cpu_says(
    config: GPTConfig, rows: int, own_kernels: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All rows' steps through our own kernels, through torch's with our attention, and without ours."""
    if not own_kernels:
        monkeypatch.setattr(cuda_step, "kernels_for", lambda *_: None)
    on_cpu = build(config, seed=1, device="cpu").model
    on_gpu = copy.deepcopy(on_cpu).cuda()
    on_gpu.tie_weights()
    options = [SamplingOptions((0.0, 0.1, 1.0)[n % 3], max_new_tokens=40, seed=n) for n in range(rows)]
    options[-1] = replace(options[-1], top_k=20, top_p=0.9)
    steps = list(generate_rows(on_gpu, [3, 1, 4], options))
    expected = list(generate_rows(on_cpu, [3, 1, 4], options))
    for row in range(rows):
        assert [s[row].token_id for s in steps] == [s[row].token_id for s in expected]
    for mine, theirs in zip(steps, expected, strict=True):
        for step, on_the_cpu in zip(mine, theirs, strict=True):
            assert step.probability == pytest.approx(on_the_cpu.probability, rel=1e-3, abs=1e-6)
            assert step.entropy == pytest.approx(on_the_cpu.entropy, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("rows", [1, 6])
@torch.no_grad()
def test_in_bfloat16_it_is_drawn_from_logits_near_float32s(rows: int) -> None:
    full = build(PRESETS["gpt2"], device="cuda").model
    half = build(PRESETS["gpt2"], device="cuda", dtype=torch.bfloat16).model
    options = [SamplingOptions(0.3, max_new_tokens=20, seed=n) for n in range(rows)]
    ids = [3, 1, 4]
    for steps in generate_rows(half, [3, 1, 4], options):
        expected = full(torch.tensor([ids], device="cuda"))[0, -1]
        logits = steps[0].logits
        assert float((logits - expected).norm() / expected.norm()) < 2e-2
        tokens, probabilities, entropies = draw(logits[None], options[:1], [len(ids)])
        assert steps[0].token_id == int(tokens[0])
        assert steps[0].probability == pytest.approx(float(probabilities[0]), rel=1e-3)
        assert steps[0].entropy == pytest.approx(float(entropies[0]), rel=1e-3)
        ids.append(steps[0].token_id)


def test_others_come_and_go_while_the_next_step_is_on_its_way() -> None:
    """Who leaves early, and who comes late, changes nobody's text."""
    on_cpu = build(TINY, seed=1, device="cpu").model
    on_gpu = copy.deepcopy(on_cpu).cuda()
    on_gpu.tie_weights()
    batch, sequences = Batch(on_gpu), [Sequence([3, 1, 4], [options], TINY) for options in OPTIONS]
    leaving = Sequence([2, 7], [SamplingOptions(0.5, max_new_tokens=30, seed=9)], TINY)
    for n, sequence in enumerate([leaving, *sequences]):
        batch.add(sequence)
        batch.prefill()
        for _ in range(3):
            batch.decode()
        if n == 1:
            batch.remove(leaving)
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
