"""What each lab finds is so."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import pytest
import torch
from shapes import TINY

from gpt2core import BuiltModel, GPTConfig, build
from gpt2core.labs import (
    device_placement,
    flop_check,
    gradients,
    init_weights,
    next_token,
    qkv,
    trace,
    tying,
)
from gpt2core.model.gpt import GPT
from gpt2core.ui.labs import qkv as qkv_blocks

IDS = [3, 1, 4, 1, 5, 9, 2, 6]


def test_the_scaled_init_bounds_the_stream_as_depth_grows() -> None:
    """The claim of the lesson: with it the stream's length hardly depends on depth, without it does."""
    ends: list[float] = []
    unscaled: list[float] = []
    for n_layer in (2, 8, 32):
        model = build(GPTConfig(n_layer, 2, 64, 32, 400), seed=0).model
        found = trace.trace(model, IDS, 1)
        ends.append(found["stream"][-1])
        unscaled.append(found["stream_unscaled"][-1])
    assert max(ends) < 1.6 * min(ends)
    assert unscaled[-1] > 3 * unscaled[0]


def test_attention_looks_back_only_and_sums_to_one(tiny: BuiltModel) -> None:
    heads = torch.tensor(trace.trace(tiny.model, IDS, 1)["attention"])
    assert heads.shape == (TINY.n_head, len(IDS), len(IDS))
    assert torch.allclose(heads.sum(-1), torch.ones(TINY.n_head, len(IDS)), atol=5e-3)
    assert not heads.triu(1).any()


def test_the_attention_shown_is_the_one_that_is_used(tiny: BuiltModel) -> None:
    """Its weights times V, through c_proj, are what the block adds."""
    idx, block = torch.tensor([IDS]), tiny.model.blocks[0]
    with torch.inference_mode():
        weight = torch.tensor(trace.attention(tiny.model, idx, 1))
        x = block.ln_1(tiny.model.embed(idx))
        v = block.attn.c_attn(x)[0].view(len(IDS), 3, TINY.n_head, -1)[:, 2].transpose(0, 1)
        y = block.attn.c_proj((weight @ v).transpose(0, 1).reshape(1, len(IDS), -1))
        assert torch.allclose(y, block.attn(x), atol=1e-3)


def test_pre_ln_gradients_are_autograds_own(tiny: BuiltModel) -> None:
    found = gradients.gradient_norms(tiny.model, IDS)
    copy = build(TINY, device="cpu").model
    idx = torch.tensor([IDS])
    torch.nn.functional.cross_entropy(copy(idx[:, :-1])[0], idx[0, 1:]).backward()  # type: ignore[no-untyped-call]
    gradients_ = [block.mlp.c_proj.weight.grad for block in copy.blocks]
    expected = [float(g.norm()) for g in gradients_ if g is not None]
    assert found == pytest.approx(expected, rel=1e-4)
    assert all(p.grad is None for p in tiny.model.parameters())


def test_the_weights_are_what_they_should_be() -> None:
    rows = init_weights.weights(build(GPTConfig(4, 4, 128), seed=1).model)
    for row in rows:
        margin = 5 / math.sqrt(row["count"])
        assert row["mean"] == pytest.approx(row["target_mean"], abs=margin * max(row["target_std"], 1e-9))
        assert row["std"] == pytest.approx(row["target_std"], rel=margin, abs=1e-9)
        if row["histogram"]:
            assert sum(row["histogram"]) == pytest.approx(1, abs=1e-3)


def test_tied_is_one_matrix_and_untied_two() -> None:
    found = tying.tying(GPTConfig(vocab_size=300, n_embd=8, n_head=1), 0, "cpu")
    tied, untied = found["tied"], found["untied"]
    assert tied["wte_address"] == tied["lm_head_address"]
    assert tied["after"] == tied["written"] != tied["before"]
    assert untied["wte_address"] != untied["lm_head_address"]
    assert untied["after"] == untied["before"] != untied["written"]
    assert untied["unique_total"] - tied["unique_total"] == 300 * 8


def test_in_another_number_format_a_lab_finds_nearly_the_same() -> None:
    config = replace(TINY, n_embd=64, vocab_size=500)
    exact, rounded = (
        build(config, device="cpu", dtype=each).model for each in (torch.float32, torch.bfloat16)
    )
    found: dict[GPT, list[list[float]]] = {
        model: [
            gradients.gradient_norms(model, IDS),
            gradients.gradient_norms(model, IDS, pre_ln=False),
            trace.stream(model, torch.tensor([IDS])),
            [row["std"] for row in init_weights.weights(model)],
        ]
        for model in (exact, rounded)
    }
    for one, other in zip(found[exact], found[rounded], strict=True):
        assert other == pytest.approx(one, rel=0.02)
        assert other != one
    pair = tying.tying(config, 0, "cpu", torch.bfloat16)["tied"]
    assert pair["matrix_bytes"] == 2 * 500 * 64


@pytest.mark.parametrize("n_embd", [48, 768, 1600])
def test_products_that_are_only_rounded_otherwise_are_called_equal(n_embd: int) -> None:
    """In one product and in three the same sums may come in another order; bfloat16 shows it."""
    config = GPTConfig(1, 1, n_embd, 8, 8)
    found = qkv.qkv(build(config, device="cpu", dtype=torch.bfloat16).model)
    largest = 5 * 0.02 * n_embd**0.5
    for difference, good in ((0.0, True), (2**-8 * largest, True), (0.1 * largest, False)):
        row = found["rows"][0] | {"difference": difference}
        _, verdict, _ = qkv_blocks.present({**found, "rows": [row]}, "en")
        assert verdict["block"] == "paragraph"
        assert verdict["look"] == f"verdict {'good' if good else 'bad'}"
    assert qkv_blocks.present(found, "en")[1]["look"] == "verdict good"  # type: ignore[typeddict-item]


def test_fused_and_separate_are_equal(tiny: BuiltModel) -> None:
    rows = qkv.qkv(tiny.model)["rows"]
    assert all(row["difference"] < 1e-5 for row in rows)
    assert all(row["fused"] > 0 and row["separate"] > 0 for row in rows)


def test_pytorch_itself_says_what_is_wrong(tiny: BuiltModel) -> None:
    said = device_placement.on_two_devices(tiny.model, mend=False)
    # Fake tensors, which stand in where there is no GPU, have words of their own in torch 2.11.
    ours, fakes = "Expected all tensors to be on the same device", "Unhandled FakeTensor Device Propagation"
    assert said.startswith((ours, fakes) if torch.__version__ < "2.12" else ours)
    assert "cuda" in said  # which devices it names depends on the version, and on who is there
    assert "cpu" in said
    assert device_placement.on_two_devices(tiny.model, mend=True) == ""


def test_the_browser_gets_the_whole_distribution() -> None:
    """Entropies at any temperature from what is sent are those of the logits."""
    model = build(GPTConfig(2, 2, 64), seed=0).model
    with torch.inference_mode():
        real = model(torch.tensor([IDS]))[0, -1]
    sent = next_token.next_logits(real)
    real = real.double()
    for t in (0.01, 0.05, 0.1, 0.3, 1.0, 10.0):
        p = torch.softmax(real / t, -1)
        expected = float(-(p * p.clamp(min=1e-300).log()).sum())
        pairs = [(logit, 1) for _, logit in sent["top"]] + sent["bins"]
        total = sum(n * math.exp(logit / t) for logit, n in pairs)
        moment = sum(n * math.exp(logit / t) * logit / t for logit, n in pairs)
        assert math.log(total) - moment / total == pytest.approx(expected, abs=2e-4)
    assert sum(n for _, n in sent["bins"]) + len(sent["top"]) == sent["vocab_size"] == 50257


def test_measured_flops_and_kept_bytes() -> None:
    found = flop_check.measured(GPTConfig())
    assert found["forward_flops"] == (291_648_307_200, 291_648_307_200)
    for name in ("forward_flops", "training_flops", "kept_bytes"):
        form, counted = cast(dict[str, Any], found)[name]
        assert form == counted, name
