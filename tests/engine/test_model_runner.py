"""The fast path gives what the exhibit gives."""

from __future__ import annotations

import pytest
import torch
from shapes import TINY
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from gpt2core import BuiltModel, GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.counting.footprint import kv_cache_bytes
from gpt2core.engine import linear_kernels
from gpt2core.engine.kv_cache import Slot
from gpt2core.engine.model_runner import ModelRunner
from gpt2core.model.generation import generate_rows
from gpt2core.model.gpt import GPT

CONFIGS = [
    TINY,
    GPTConfig(1, 1, 24, 20, 50, bias=False),
    GPTConfig(3, 6, 96, 40, 500, tie_weights=False),
]


def added(
    runner: ModelRunner, ids: list[int], max_len: int, chunk: int | None = None
) -> tuple[Slot, Tensor]:
    """A sequence whose prompt goes through in chunks, next to another prompt."""
    prefill, other = runner.begin_prefill(ids), runner.begin_prefill([1, 2, 3])
    while prefill.logits is None:
        n = len(ids) - prefill.n_computed
        chunks = [(other, 1)] * (other.n_computed < 3)
        runner.prefill([*chunks, (prefill, min(chunk or n, n))])
    return runner.allocate([prefill], max_len)[0], prefill.logits


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("way", ["one_dnn", "plain", "captured"])
def test_steps_equal_full_passes(
    config: GPTConfig, rows: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way != "one_dnn":
        monkeypatch.setattr(linear_kernels, "one_dnn_helps", lambda weight: False)
    model = build(config, seed=1, device="cpu").model
    runner = ModelRunner(model)
    runner.captures = way == "captured"  # as on a GPU, but for the replay
    draw = torch.Generator().manual_seed(2)
    sequences = [  # each row of its own length
        torch.randint(config.vocab_size, (3 + 2 * row,), generator=draw).tolist() for row in range(rows)
    ]
    ids_of: dict[Slot, list[int]] = {}
    for ids in sequences:
        expected = model(torch.tensor([ids]))[0, -1]
        slot, first = added(runner, ids, config.block_size, chunk=4)
        ids_of[slot] = ids
        torch.testing.assert_close(first, expected, atol=1e-5, rtol=1e-4)
    for _ in range(config.block_size - len(sequences[-1])):
        tokens = torch.randint(config.vocab_size, (rows,), generator=draw).tolist()
        logits = runner.decode(tokens)
        for token, slot, got in zip(tokens, runner.slots, logits, strict=True):
            ids_of[slot].append(token)
            expected = model(torch.tensor([ids_of[slot]]))[0, -1]
            torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-4)


def test_sequences_come_and_go() -> None:
    model = build(TINY, seed=3, device="cpu").model
    runner, draw = ModelRunner(model), torch.Generator().manual_seed(4)
    ids_of: dict[Slot, list[int]] = {}
    for n in range(60):
        if n % 6 != 5:
            ids = torch.randint(TINY.vocab_size, (1 + n % 7,), generator=draw).tolist()
            ids_of[added(runner, ids, 20)[0]] = ids
        gone = [slot for slot in ids_of if slot.length == 20]
        if n % 4 == 3:
            gone.append(runner.slots[int(torch.randint(len(runner.slots), (), generator=draw))])
        for slot in dict.fromkeys(gone):
            runner.free(slot)
            del ids_of[slot]
        tokens = torch.randint(TINY.vocab_size, (len(runner.slots),), generator=draw).tolist()
        logits = runner.decode(tokens)
        assert set(runner.slots) == set(ids_of)
        for token, slot, got in zip(tokens, runner.slots, logits, strict=True):
            ids_of[slot].append(token)
            expected = model(torch.tensor([ids_of[slot]]))[0, -1]
            torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-4)
    assert len(runner.caches) > 2
    for slot in runner.slots:
        runner.free(slot)
    assert not runner.caches, "empty caches give their memory back"


def test_a_cache_takes_what_was_estimated() -> None:
    runner = ModelRunner(build(TINY, device="cpu").model)
    for max_len, copies in ((10, 1), (10, 1), (10, 1), (30, 4), (40, 1), (48, 1)):
        slots, before = runner.slots_to_add(max_len, copies), len(runner.caches)
        prefill = runner.begin_prefill([1, 2])
        runner.prefill([(prefill, 2)])
        runner.allocate([prefill] * copies, max_len)
        assert len(runner.caches) == before + (slots > 0)
        if slots:
            cache = runner.caches[-1]
            assert cache.k.nbytes + cache.v.nbytes == kv_cache_bytes(TINY, max_len, slots)


def test_each_row_gets_the_tokens_it_would_get_alone(tiny: BuiltModel) -> None:
    options = [
        SamplingOptions(1.0, None, None, 25, 3),
        SamplingOptions(0.05, None, None, 25, 3),
        SamplingOptions(0.0, None, None, 25, 3),
        SamplingOptions(0.5, 20, 0.8, 25, 9),
    ]
    together: list[list[int]] = [[] for _ in options]
    for steps in generate_rows(tiny.model, [5, 6, 7], options):
        for found, step in zip(together, steps, strict=True):
            found.append(step.token_id)
    for found, o in zip(together, options, strict=True):
        alone = generate(tiny.model, [5, 6, 7], 25, o.temperature, o.top_k, o.top_p, o.seed)
        assert found == [step.token_id for step in alone]
    assert len({tuple(found) for found in together}) == 4


def test_a_late_step_costs_little_more_than_an_early_one() -> None:
    with torch.device("meta"):
        model = GPT(GPTConfig())

    def step_flops(position: int) -> int:
        runner = ModelRunner(model, pack=False)
        slot = runner.allocate([runner.begin_prefill([0])], 1024)[0]
        slot.length = position - 1
        with FlopCounterMode(display=False) as counter:
            runner.decode([0])
        flops: int = counter.get_total_flops()
        return flops

    assert step_flops(900) > step_flops(10)
    assert step_flops(900) <= 1.6 * step_flops(10)
