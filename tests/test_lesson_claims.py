"""What the lesson's steps claim, on the real model."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from gpt2core import PRESETS, GPTConfig, Tokenizer, build, count_parameters, generate
from gpt2core.model.gpt import GPT, init_std
from gpt2core.model.sampling import entropy, scaled_logits

SMALL = PRESETS["gpt2"]


@pytest.fixture(scope="module")
def small() -> GPT:
    return build(SMALL, seed=0, device="cpu").model


def test_step_1_a_vietnamese_syllable_with_marks_is_cut_into_two_to_six_tokens() -> None:
    encode = Tokenizer().encode
    syllables = (
        "chào các bạn tôi yêu Việt Mô hình ngôn ngữ lớn học từ dữ liệu trời đẹp quá và cùng đọc sách"
    )
    cut = {len(encode(f" {syllable}")) for syllable in syllables.split()}
    assert (min(cut), max(cut)) == (2, 6)
    words = "you all language data learning large model the weather is fine today"
    assert {len(encode(f" {word}")) for word in words.split()} == {1}


def test_step_1_without_biases_the_mlps_hold_twice_what_attention_holds() -> None:
    for n_embd in (64, 768, 1600):
        config = GPTConfig(12, 4, n_embd, bias=False)
        parts = count_parameters(config).components
        assert parts["mlp"] == 2 * parts["attention"]
    with_biases = count_parameters(SMALL).components
    assert with_biases["mlp"] != 2 * with_biases["attention"]


@torch.no_grad()
def test_the_temperatures_at_which_random_weights_show_an_effect(small: GPT) -> None:
    """What the hint at the temperature says, in tokens: exp(entropy)."""
    logits = small(torch.tensor([Tokenizer().encode("Once upon a time")]))[0, -1]
    tokens = {t: float(entropy(scaled_logits(logits, t)).exp()) for t in (1.0, 0.3, 0.1)}
    assert tokens[1.0] > 40_000
    assert 7000 < tokens[0.3] < 11_000
    assert tokens[0.1] < 100


@torch.no_grad()
def test_step_7_entropies_of_an_untrained_small(small: GPT) -> None:
    logits = small(torch.tensor([Tokenizer().encode("Once upon a time")]))[0, -1]
    at = {t: float(entropy(scaled_logits(logits, t))) for t in (1, 0.5, 0.3, 0.1)}
    assert 10.6 < at[1] < 10.75
    assert 10.1 < at[0.5] < 10.3
    assert 8.8 < at[0.3] < 9.4
    assert 2 < at[0.1] < 4.5
    assert 0.53 < float(logits.std()) < 0.58


@torch.no_grad()
def test_step_7_a_tied_token_lifts_its_own_logit(small: GPT) -> None:
    tokens = torch.randint(SMALL.vocab_size, (48, 1), generator=torch.Generator().manual_seed(1))

    def lift(model: GPT) -> float:
        logits = model(tokens)[:, -1]
        return float(((logits.gather(1, tokens)[:, 0] - logits.mean(-1)) / logits.std(-1)).mean())

    assert 1.5 < lift(small) < 2.2
    assert abs(lift(build(replace(SMALL, tie_weights=False), seed=0, device="cpu").model)) < 0.5


@torch.no_grad()
def test_step_7_the_lift_alone_rarely_wins_and_who_was_chosen_once_wins_again(small: GPT) -> None:
    tokens = torch.randint(SMALL.vocab_size, (48, 1), generator=torch.Generator().manual_seed(1))
    logits = small(tokens)[:, -1]
    highest = (logits.max(-1).values - logits.mean(-1)) / logits.std(-1)
    assert 3.9 < float(highest.mean()) < 4.4
    assert int((logits.argmax(-1) == tokens[:, 0]).sum()) <= 3
    ids = Tokenizer().encode("Once upon a time")
    before = small(torch.tensor([ids]))[0, -1]
    chosen = int(before.argmax())
    assert chosen != ids[-1]
    after = small(torch.tensor([[*ids, chosen]]))[0, -1]
    assert int(after.argmax()) == chosen
    assert 5 < float((after[chosen] - after.mean()) / after.std()) < 6


def test_step_6_rounded_numbers_agree_and_cut_off_ones_do_not() -> None:
    counts = count_parameters(SMALL)
    per_module, saved, unique = (
        n / 1e6 for n in (counts.per_module_total, counts.tying_correction, counts.unique_total)
    )
    assert (round(per_module), round(saved), round(unique)) == (163, 39, 124)
    assert round(per_module) - round(saved) == round(unique)
    assert round(per_module) - int(saved) == 125


def test_step_7_greedy_gets_stuck_when_tied() -> None:
    def repeats(tied: bool, seed: int) -> float:
        config = GPTConfig(2, 2, 64, 64, 1000, tie_weights=tied)
        model = build(config, seed=seed, device="cpu").model
        said = [step.token_id for step in generate(model, [1, 2, 3], max_new_tokens=40, temperature=0)]
        return sum(a == b for a, b in pairwise(said)) / (len(said) - 1)

    tied, untied = ([repeats(tied, seed) for seed in range(20)] for tied in (True, False))
    assert sum(tied) / 20 > 0.8
    assert sum(untied) / 20 < 0.3


@torch.no_grad()
def test_step_5_the_scaled_start_keeps_the_stream_from_growing_with_depth() -> None:
    def last_length(n_layer: int, scaled: bool) -> float:
        config = GPTConfig(n_layer, 6, 192, 128, 5000)
        model = build(config, seed=0, device="cpu").model
        for name, p in model.named_parameters():
            if not scaled and name.endswith("c_proj.weight"):
                p.mul_(0.02 / init_std(name, config))
        idx = torch.randint(5000, (1, 64), generator=torch.Generator().manual_seed(1))
        return float(model.transform(model.embed(idx)).norm(dim=-1).mean())

    assert all(0.85 < last_length(n, True) < 1.05 for n in (6, 24, 48))
    assert 3.1 < last_length(6, False) < 3.3
    assert 6.5 < last_length(24, False) < 7.0  # the lab's prompt gives 6.9, this one 6.6


@torch.no_grad()
def test_step_4_one_fused_matrix_is_three_separate_ones() -> None:
    attention = build(PRESETS["gpt-mini"], seed=0, device="cpu").model.blocks[0].attn
    x = torch.randn(2, 16, 192, generator=torch.Generator().manual_seed(0))
    fused = attention.c_attn(x).split(192, dim=2)
    weights, biases = attention.c_attn.weight.chunk(3), attention.c_attn.bias.chunk(3)
    for part, weight, bias in zip(fused, weights, biases, strict=True):
        torch.testing.assert_close(part, torch.nn.functional.linear(x, weight, bias))
    assert attention.c_attn.weight.numel() == sum(w.numel() for w in weights)


def test_step_8_a_plain_arange_is_on_the_cpu_and_the_mended_one_where_the_ids_are() -> None:
    with torch.device("meta"):
        model = GPT(PRESETS["gpt-nano"])
        idx = torch.zeros(1, 3, dtype=torch.long)
    seen: list[str] = []
    model.wpe.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].device.type))
    model.embed(idx)
    assert torch.arange(3).device.type == "cpu"
    assert seen == ["meta"]


def test_step_8_the_ids_have_to_be_where_the_weights_are() -> None:
    with FakeTensorMode():  # devices and shapes, as on a machine with a GPU
        wte = torch.empty(300, 48, device="cuda")
        embedding = torch.nn.functional.embedding
        assert embedding(torch.zeros(3, dtype=torch.long, device="cuda"), wte).device.type == "cuda"
        with pytest.raises(RuntimeError, match="same device"):
            embedding(torch.zeros(3, dtype=torch.long), wte)
