"""The fast path gives what the exhibit gives."""

import gc
import weakref

import pytest
import torch
from conftest import TINY
from torch.utils.flop_counter import FlopCounterMode

from gpt2core import GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.counting.costs import kv_cache_bytes, packed_bytes
from gpt2core.engine import linear_kernels
from gpt2core.engine.linear_kernels import pack_some
from gpt2core.engine.model_runner import ModelRunner
from gpt2core.model.generation import generate_rows
from gpt2core.model.gpt import GPT

CONFIGS = [
    TINY,
    GPTConfig(1, 1, 24, 20, 50, bias=False),
    GPTConfig(3, 6, 96, 40, 500, tie_weights=False),
]


def added(d: ModelRunner, ids, room, chunk=None):
    prompt, other = d.start(ids), d.start([1, 2, 3])
    while prompt.logits is None:
        n = len(ids) - prompt.fed
        d.prefill([(other, 1)] * (other.fed < 3) + [(prompt, min(chunk or n, n))])
    return d.join(prompt, room)[0], prompt.logits


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("way", ["one_dnn", "plain", "captured"])
def test_steps_equal_full_passes(config, rows, way, monkeypatch):
    if way != "one_dnn":
        monkeypatch.setattr(kernels, "one_dnn_helps", lambda weight: False)
    model = build(config, seed=1, device="cpu").model
    d = ModelRunner(model)
    d.captures = way == "captured"  # as on a GPU, but for the replay
    draw = torch.Generator().manual_seed(2)
    sequences = [  # each row of its own length
        torch.randint(config.vocab_size, (3 + 2 * row,), generator=draw).tolist() for row in range(rows)
    ]
    of_row = {}
    for ids in sequences:
        expected = model(torch.tensor([ids]))[0, -1]
        row, logits = added(d, ids, config.block_size, chunk=4)
        of_row[row] = ids
        torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    for _ in range(config.block_size - len(sequences[-1])):
        tokens = torch.randint(config.vocab_size, (rows,), generator=draw).tolist()
        logits = d.step(tokens)
        for token, row, got in zip(tokens, d.rows, logits, strict=True):
            of_row[row].append(token)
            expected = model(torch.tensor([of_row[row]]))[0, -1]
            torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-4)


def test_rows_come_and_go():
    model = build(TINY, seed=3, device="cpu").model
    d, draw = ModelRunner(model), torch.Generator().manual_seed(4)
    of_row = {}
    for n in range(60):
        if n % 6 != 5:
            ids = torch.randint(TINY.vocab_size, (1 + n % 7,), generator=draw).tolist()
            of_row[added(d, ids, 20)[0]] = ids
        gone = [row for row in of_row if row.length == 20]
        if n % 4 == 3:
            gone.append(d.rows[int(torch.randint(len(d.rows), (), generator=draw))])
        for row in dict.fromkeys(gone):
            d.leave(row)
            del of_row[row]
        tokens = torch.randint(TINY.vocab_size, (len(d.rows),), generator=draw).tolist()
        logits = d.step(tokens)
        assert set(d.rows) == set(of_row)
        for token, row, got in zip(tokens, d.rows, logits, strict=True):
            of_row[row].append(token)
            torch.testing.assert_close(got, model(torch.tensor([of_row[row]]))[0, -1], atol=1e-5, rtol=1e-4)
    assert len(d.lanes) > 2
    for row in d.rows:
        d.leave(row)
    assert not d.lanes, "empty lanes give their memory back"


def test_a_lane_takes_what_was_estimated():
    d = ModelRunner(build(TINY, device="cpu").model)
    for room, copies in ((10, 1), (10, 1), (10, 1), (30, 4), (40, 1), (48, 1)):
        slots, before = d.slots_to_add(room, copies), len(d.lanes)
        prompt = d.start([1, 2])
        d.prefill([(prompt, 2)])
        d.join(prompt, room, copies)
        assert len(d.lanes) == before + (slots > 0)
        if slots:
            lane = d.lanes[-1]
            assert lane.k.nbytes + lane.v.nbytes == kv_cache_bytes(TINY, room, slots)


def test_each_row_gets_the_tokens_it_would_get_alone(tiny):
    options = [
        SamplingOptions(1.0, None, None, 25, 3),
        SamplingOptions(0.05, None, None, 25, 3),
        SamplingOptions(0.0, None, None, 25, 3),
        SamplingOptions(0.5, 20, 0.8, 25, 9),
    ]
    together = [[] for _ in options]
    for steps in generate_rows(tiny.model, [5, 6, 7], options):
        for found, step in zip(together, steps, strict=True):
            found.append(step.token_id)
    for found, o in zip(together, options, strict=True):
        alone = generate(tiny.model, [5, 6, 7], 25, o.temperature, o.top_k, o.top_p, o.seed)
        assert found == [step.token_id for step in alone]
    assert len({tuple(found) for found in together}) == 4


def test_packed_weights_are_kept_with_the_model_and_go_with_it():
    model = build(TINY, device="cpu").model
    list(generate(model, [1], 40))
    assert model not in linear_kernels._packed, "one short row is done before packing pays"
    list(generate_rows(model, [1], [SamplingOptions(max_new_tokens=4)] * 2))
    packed = linear_kernels._packed[model]
    assert len(packed) == 4 * TINY.n_layer + 1
    assert pack_some(model, 10**9) == (packed, False)
    gone = weakref.ref(model)
    del model, packed
    gc.collect()
    assert gone() is None, "the packed copies must not hold their model"


def test_nothing_is_packed_where_memory_is_short(monkeypatch):
    monkeypatch.setattr(kernels, "free_bytes", lambda device: packed_bytes(TINY))
    model = build(TINY, seed=4, device="cpu").model
    list(generate_rows(model, [1], [SamplingOptions(max_new_tokens=4)] * 2))
    assert model not in linear_kernels._packed


def test_packing_goes_along_with_the_steps():
    model = build(TINY, seed=5, device="cpu").model
    matrices = 4 * TINY.n_layer + 1
    packed = [pack_some(model, 1) for _ in range(matrices + 1)]
    assert [left for _, left in packed] == [True] * (matrices - 1) + [False, False]
    assert len(packed[-1][0]) == matrices


def test_a_late_step_costs_little_more_than_an_early_one():
    with torch.device("meta"):
        model = GPT(GPTConfig())

    def flops(position: int) -> int:
        d = ModelRunner(model, pack=False)
        prompt = d.start([0])
        row = d.join(prompt, 1024)[0]
        row.length = position - 1
        with FlopCounterMode(display=False) as counter:
            d.step([0])
        return counter.get_total_flops()

    assert flops(900) > flops(10)
    assert flops(900) <= 1.6 * flops(10)
