"""The exhibit, against Hugging Face's GPT-2 and against the formulas."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import GPT2Config, GPT2LMHeadModel

from gpt2core import BuiltModel, GPTConfig
from gpt2core.model.gpt import GPT, CausalSelfAttention

SHAPES = [
    GPTConfig(2, 4, 64, 40, 300),
    GPTConfig(1, 1, 24, 9, 50),
    GPTConfig(3, 6, 96, 64, 500),
    GPTConfig(2, 3, 48, 33, 211, tie_weights=False),
]
TOLERANCE = 2e-5  # of the largest logit, fp32


def oracle(config: GPTConfig) -> GPT2LMHeadModel:
    hf: GPT2LMHeadModel = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=config.vocab_size, n_positions=config.block_size, n_embd=config.n_embd,
            n_layer=config.n_layer, n_head=config.n_head, tie_word_embeddings=config.tie_weights,
            resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0,
        )
    )  # fmt: skip
    hf.eval()
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in hf.parameters():
            parameter.normal_(0, 0.5, generator=generator)
    return hf


def copied(hf: GPT2LMHeadModel, config: GPTConfig) -> GPT:
    """Our model with Hugging Face's weights; its Conv1D weights are ours transposed."""
    model = GPT(config).eval()
    weights = hf.state_dict()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            theirs = weights[name]
            linear = name.endswith("weight") and (".attn.c_" in name or ".mlp.c_" in name)
            parameter.copy_(theirs.T if linear else theirs)
    return model


def disagreement(model: GPT, hf: GPT2LMHeadModel, config: GPTConfig) -> float:
    idx = torch.randint(
        config.vocab_size, (3, config.block_size), generator=torch.Generator().manual_seed(3)
    )
    with torch.no_grad():
        ours, theirs = model(idx), hf(idx).logits
    return float((ours - theirs).abs().max() / theirs.abs().max())


@pytest.mark.parametrize("config", SHAPES, ids=str)
def test_logits_equal_hugging_faces(config: GPTConfig) -> None:
    hf = oracle(config)
    assert disagreement(copied(hf, config), hf, config) < TOLERANCE


def test_exact_gelu_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SHAPES[0]
    hf = oracle(config)
    model = copied(hf, config)
    gelu = F.gelu
    monkeypatch.setattr("gpt2core.model.gpt.F.gelu", lambda x, approximate: gelu(x))
    assert disagreement(model, hf, config) > TOLERANCE


@pytest.mark.parametrize(
    ("shape", "value", "says"),
    [
        ((1, 49), 0, r"idx is \(1, 49\), but must be \(B, T\) with T at most 48"),
        ((3,), 0, r"idx is \(3,\), but must be \(B, T\)"),
        ((1, 2, 3), 0, r"idx is \(1, 2, 3\), but must be \(B, T\)"),
        ((2, 3), 400, "from 0 to 399"),
        ((2, 3), -1, "from 0 to 399"),
    ],
)
def test_ids_without_an_embedding_are_refused_in_words(
    tiny: BuiltModel, shape: tuple[int, ...], value: int, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        tiny.model(torch.full(shape, value))


def test_another_layer_norm_eps_would_be_caught() -> None:
    config = SHAPES[0]
    hf = oracle(config)
    with torch.no_grad():  # small inputs to the first LayerNorm, so that eps weighs something
        hf.transformer.wte.weight.mul_(0.01)
        hf.transformer.wpe.weight.mul_(0.01)
    model = copied(hf, config)
    assert disagreement(model, hf, config) < TOLERANCE
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            module.eps = 1e-6
    assert disagreement(model, hf, config) > TOLERANCE


@pytest.mark.parametrize("which", ["c_attn.bias", "c_proj.bias", "c_fc.bias", "ln_1.bias", "ln_f.bias"])
def test_missing_biases_would_be_caught(which: str) -> None:
    config = SHAPES[0]
    hf = oracle(config)
    model = copied(hf, config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(which):
                parameter.zero_()
    assert disagreement(model, hf, config) > TOLERANCE


@pytest.mark.parametrize("bias", [True, False])
def test_the_fused_matrix_equals_three_separate_ones(bias: bool) -> None:
    config = GPTConfig(1, 4, 64, 16, 100, bias=bias)
    torch.manual_seed(0)
    fused = CausalSelfAttention(config)
    parts = [nn.Linear(64, 64, bias=bias) for _ in range(3)]
    with torch.no_grad():
        for n, part in enumerate(parts):
            part.weight.copy_(fused.c_attn.weight[n * 64 : (n + 1) * 64])
            if bias:
                part.bias.copy_(fused.c_attn.bias[n * 64 : (n + 1) * 64])
    x = torch.randn(2, 11, 64)

    def heads(y: Tensor) -> Tensor:
        return y.view(2, 11, 4, 16).transpose(1, 2)

    q, k, v = (heads(part(x)) for part in parts)
    # Written out, so that the scale and the causal mask are tested against the formula too.
    scores = (q @ k.transpose(-2, -1)) / math.sqrt(16)
    scores = scores.masked_fill(torch.ones(11, 11).triu(1).bool(), float("-inf"))
    y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(2, 11, 64)
    torch.testing.assert_close(fused(x), fused.c_proj(y))


def test_one_matrix_has_two_names(tiny: BuiltModel) -> None:
    assert tiny.model.lm_head.weight is tiny.model.wte.weight
    assert not any(
        p is tiny.model.lm_head.weight for n, p in tiny.model.named_parameters() if "lm_head" in n
    )


def test_a_later_token_changes_no_earlier_logit(tiny: BuiltModel) -> None:
    idx = torch.randint(400, (1, 30), generator=torch.Generator().manual_seed(1))
    changed = idx.clone()
    changed[0, 20] = (changed[0, 20] + 1) % 400
    before, after = tiny.model(idx), tiny.model(changed)
    assert torch.equal(before[:, :20], after[:, :20])
    assert not torch.equal(before[:, 20:], after[:, 20:])


def test_positions_live_where_the_tokens_do() -> None:
    """On the meta device a CPU arange would not mix with idx."""
    with torch.device("meta"):
        model = GPT(GPTConfig(1, 1, 8, 8, 8))
    assert model(torch.zeros(1, 4, dtype=torch.long, device="meta")).device.type == "meta"
