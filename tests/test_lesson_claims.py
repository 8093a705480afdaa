"""What the lesson's steps and the labs claim of parts, counts, shapes and devices, on the real model."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from itertools import pairwise

import pytest
import torch
from shapes import TINY
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from gpt2core import PRESETS, BuiltModel, GPTConfig, Tokenizer, build, count_parameters, generate
from gpt2core.i18n import ASSETS, LANGUAGES, t
from gpt2core.labs.registry import LabWork
from gpt2core.labs.trace import MOST_TOKENS
from gpt2core.model.gpt import GPT
from gpt2core.model.meta_model import meta_model
from gpt2core.serving.messages import BuildRequest, LabRequest

SMALL = PRESETS["gpt2"]


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


def test_step_1_only_embeddings_can_hold_more_than_the_mlps() -> None:
    def parts(config: GPTConfig) -> dict[str, int]:
        return dict(count_parameters(config).components)

    at_12_blocks = [parts(GPTConfig(12, 1, n_embd)) for n_embd in range(1, 1025)]
    widest = max(n for n, p in enumerate(at_12_blocks, start=1) if p["token_embedding"] > p["mlp"])
    assert 515 < widest < 525
    assert all(p["token_embedding"] > p["mlp"] for p in at_12_blocks[:widest])
    long = parts(replace(PRESETS["gpt-nano"], block_size=2048))
    assert long["position_embedding"] > long["mlp"]
    wide = (GPTConfig(n_layer, 1, n_embd, 1, 1) for n_layer in (1, 48) for n_embd in (2, 64, 1600))
    assert all(max(parts(config).items(), key=lambda item: item[1])[0] == "mlp" for config in wide)


@torch.no_grad()
def test_step_1_two_layer_norms_in_each_block_and_one_before_the_unembedding() -> None:
    layers = [m for m in meta_model(SMALL).modules() if isinstance(m, nn.LayerNorm)]
    assert len(layers) == 2 * SMALL.n_layer + 1 == 25
    model = build(PRESETS["gpt-mini"], device="cpu").model
    outputs: list[Tensor] = []
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            module.register_forward_hook(lambda _, __, output: outputs.append(output))
    before_lm_head: list[Tensor] = []
    model.lm_head.register_forward_pre_hook(lambda _, inputs: before_lm_head.append(inputs[0]))
    model(torch.tensor([[3, 1, 4, 1, 5]]))
    assert len(outputs) == 2 * 6 + 1
    assert outputs[-1] is before_lm_head[0]
    for output in outputs:
        assert float(output.mean(-1).abs().max()) < 1e-5
        assert 0.98 < float(output.std(-1, correction=0).min()) <= 1.001


@torch.no_grad()
def test_step_4_one_fused_matrix_is_three_separate_ones() -> None:
    attention = build(PRESETS["gpt-mini"], seed=0, device="cpu").model.blocks[0].attn
    x = torch.randn(2, 16, 192, generator=torch.Generator().manual_seed(0))
    fused = attention.c_attn(x).split(192, dim=2)
    weights, biases = attention.c_attn.weight.chunk(3), attention.c_attn.bias.chunk(3)
    for part, weight, bias in zip(fused, weights, biases, strict=True):
        torch.testing.assert_close(part, torch.nn.functional.linear(x, weight, bias))
    assert attention.c_attn.weight.numel() == sum(w.numel() for w in weights)


def test_step_4_pytorch_stores_c_attn_transposed() -> None:
    assert tuple(meta_model(SMALL).blocks[0].attn.c_attn.weight.shape) == (2304, 768)


def test_step_6_rounded_numbers_agree_and_cut_off_ones_do_not() -> None:
    counts = count_parameters(SMALL)
    per_module, saved, unique = (
        n / 1e6 for n in (counts.per_module_total, counts.tying_correction, counts.unique_total)
    )
    assert (round(per_module), round(saved), round(unique)) == (163, 39, 124)
    assert round(per_module) - round(saved) == round(unique)
    assert round(per_module) - int(saved) == 125


@pytest.mark.parametrize("lang", LANGUAGES)
def test_step_6_names_the_torchinfo_that_runs_here(lang: str) -> None:
    """It counts a shared matrix twice (tests/counting/test_reconcile.py); a later one will not."""
    (step,) = (ASSETS / "lesson" / lang).glob("06-*.md")
    named = (step.read_text(encoding="utf-8"), t("number.per_module_total", lang))
    assert all(version("torchinfo") in text for text in named)


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


@pytest.mark.parametrize("config", [SMALL, PRESETS["gpt2-xl"], TINY])
def test_step_9_the_closed_form_of_the_whole_count(config: GPTConfig) -> None:
    V, T, L, E = config.vocab_size, config.block_size, config.n_layer, config.n_embd
    assert count_parameters(config).unique_total == V * E + T * E + L * (12 * E**2 + 13 * E) + 2 * E


def test_step_10_at_a_low_temperature_the_model_repeats_itself() -> None:
    model = build(PRESETS["gpt-mini"], device="cpu").model

    def repeats(temperature: float) -> float:
        steps = generate(model, Tokenizer().encode("Once upon a time"), 40, temperature)
        said = [step.token_id for step in steps]
        return sum(a == b for a, b in pairwise(said)) / (len(said) - 1)

    assert repeats(0.1) > 0.4  # at the step's own setting
    assert repeats(0.05) > 0.8
    assert repeats(1) < 0.1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_trace_shows_as_many_tokens_as_its_text_says(tiny: BuiltModel, lang: str) -> None:
    assert f" {MOST_TOKENS} " in t("lab.trace_why", lang)

    def shown(prompt: str) -> list[str]:
        result = LabWork(LabRequest(BuildRequest(TINY, 0), "trace", prompt))(tiny, lambda: None)
        assert result["lab"] == "trace"
        return result["tokens"]

    assert shown("!" + 40 * "\n!") == MOST_TOKENS // 2 * ["!", "⏎"]
    assert shown("!") == shown("") != shown("!\n")
