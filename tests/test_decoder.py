"""The fast path gives what the exhibit gives."""

import gc
import weakref

import pytest
import torch
from conftest import TINY
from torch.utils.flop_counter import FlopCounterMode

from gpt2core import GPTConfig, build, decoder, generate
from gpt2core.config import SamplingOptions
from gpt2core.costs import packed_bytes
from gpt2core.decoder import Decoder, pack_some
from gpt2core.generate import generate_rows
from gpt2core.model import GPT

CONFIGS = [
    TINY,
    GPTConfig(1, 1, 24, 20, 50, bias=False),
    GPTConfig(3, 6, 96, 40, 500, tie_weights=False),
]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("one_dnn", [True, False])
def test_steps_equal_full_passes(config, rows, one_dnn, monkeypatch):
    if not one_dnn:
        monkeypatch.setattr(decoder, "one_dnn_serves", lambda weight: False)
    model = build(config, seed=1, device="cpu").model
    d = Decoder(model, rows, config.block_size)
    draw = torch.Generator().manual_seed(2)
    sequences = [  # each row of its own length
        torch.randint(config.vocab_size, (3 + 2 * row,), generator=draw).tolist() for row in range(rows)
    ]
    for row, ids in enumerate(sequences):
        expected = model(torch.tensor([ids]))[0, -1]
        torch.testing.assert_close(d.prefill([row], ids), expected, atol=1e-5, rtol=1e-4)
    for _ in range(config.block_size - len(sequences[-1])):
        tokens = torch.randint(config.vocab_size, (rows,), generator=draw).tolist()
        logits = d.step(tokens)
        for ids, token, row in zip(sequences, tokens, logits, strict=True):
            ids.append(token)
            torch.testing.assert_close(row, model(torch.tensor([ids]))[0, -1], atol=1e-5, rtol=1e-4)


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
    assert model not in decoder._packed, "one short row is done before packing pays"
    list(generate_rows(model, [1], [SamplingOptions(max_new_tokens=4)] * 2))
    packed = decoder._packed[model]
    assert len(packed) == 4 * TINY.n_layer + 1
    assert pack_some(model, 10**9) is packed
    gone = weakref.ref(model)
    del model, packed
    gc.collect()
    assert gone() is None, "the packed copies must not hold their model"


def test_nothing_is_packed_where_memory_is_short(monkeypatch):
    monkeypatch.setattr(decoder, "free_bytes", lambda device: packed_bytes(TINY))
    model = build(TINY, seed=4, device="cpu").model
    list(generate_rows(model, [1], [SamplingOptions(max_new_tokens=4)] * 2))
    assert model not in decoder._packed


def test_packing_goes_along_with_the_steps():
    model = build(TINY, seed=5, device="cpu").model
    counts = [len(pack_some(model, 1)) for _ in range(4 * TINY.n_layer + 3)]
    assert counts == [*range(1, 4 * TINY.n_layer + 2), 4 * TINY.n_layer + 1, 4 * TINY.n_layer + 1]


def test_a_late_step_costs_little_more_than_an_early_one():
    with torch.device("meta"):
        model = GPT(GPTConfig())

    def flops(position: int) -> int:
        d = Decoder(model, 1, 1024)
        d.lengths = [position - 1]
        with FlopCounterMode(display=False) as counter:
            d.step([0])
        return counter.get_total_flops()

    assert flops(900) > flops(10)
    assert flops(900) <= 1.6 * flops(10)
