"""Random weights: the same ones for the same arguments, and as GPT-2 starts."""

from __future__ import annotations

import dataclasses
import io
import math
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_model, save_model
from shapes import TINY
from torch import Tensor

from gpt2core import ConfigError, GPTConfig, build
from gpt2core.config import SamplingOptions
from gpt2core.engine.scheduler import Scheduler
from gpt2core.model import weights as model_weights
from gpt2core.model.gpt import GPT, init_parameter, init_std
from gpt2core.model.weights import build_in_steps
from gpt2core.serving.messages import BuildRequest, GenerateRequest


def weights(config: GPTConfig, **kwargs: Any) -> dict[str, Tensor]:
    return dict(build(config, device="cpu", **kwargs).model.named_parameters())


def test_same_arguments_same_bits_whatever_the_thread_count(monkeypatch: pytest.MonkeyPatch) -> None:
    first = weights(TINY, seed=5)
    for cores in (1, 2, 7):
        monkeypatch.setattr("gpt2core.model.weights.usable_cores", lambda cores=cores: cores)
        again = weights(TINY, seed=5)
        assert all(torch.equal(first[n], again[n]) for n in first)


def test_another_seed_gives_other_weights() -> None:
    one, two = weights(TINY, seed=1), weights(TINY, seed=2)
    assert not torch.equal(one["transformer.wte.weight"], two["transformer.wte.weight"])


def test_one_more_layer_leaves_the_lower_ones_alone() -> None:
    small, tall = weights(TINY), weights(dataclasses.replace(TINY, n_layer=3))
    scaled = math.sqrt(2 / 3)  # the residual projections' std shrinks with depth
    for name, weight in small.items():
        factor = scaled if name.endswith("c_proj.weight") else 1.0
        torch.testing.assert_close(tall[name], weight * factor)


@torch.no_grad()
def test_each_tensor_starts_as_it_should() -> None:
    config = GPTConfig(4, 4, 256, 256, 2000)
    for name, p in weights(config).items():
        std = init_std(name, config)
        if std == 0:
            assert torch.equal(p, torch.full_like(p, 1.0 if name.endswith("weight") else 0.0)), name
            continue
        # Five standard errors: of the std of n normals std/sqrt(2n), of their mean std/sqrt(n)
        assert abs(float(p.std()) - std) < 5 * std / math.sqrt(2 * p.numel()), name
        assert abs(float(p.mean())) < 5 * std / math.sqrt(p.numel()), name
    assert init_std("transformer.h.0.mlp.c_proj.weight", config) == pytest.approx(0.02 / math.sqrt(8))
    assert init_std("transformer.h.0.attn.c_attn.weight", config) == 0.02
    assert init_std("transformer.wpe.weight", config) == 0.02


def test_no_two_tensors_get_the_same_numbers() -> None:
    found = weights(TINY)
    assert not torch.equal(
        found["transformer.h.0.attn.c_attn.weight"], found["transformer.h.1.attn.c_attn.weight"]
    )


def test_no_two_chunks_of_a_tensor_get_the_same_numbers() -> None:
    wte = weights(GPTConfig(1, 1, 128, 8, 50_257))["transformer.wte.weight"].flatten()
    n = model_weights._CHUNK
    assert wte.numel() > 2 * n
    assert not torch.equal(wte[:n], wte[n : 2 * n])


def test_the_report_is_measured() -> None:
    b = build(TINY, seed=3, device="cpu")
    assert b.report.unique_total == sum(p.numel() for p in b.model.parameters())
    assert b.report.weight_bytes == 4 * b.report.unique_total
    assert (b.report.seed, b.report.device, b.report.dtype) == (3, "cpu", "float32")
    assert b.report.seconds > 0


def test_dtype_is_respected() -> None:
    b = build(TINY, device="cpu", dtype=torch.bfloat16)
    assert b.model.wte.weight.dtype is torch.bfloat16
    assert b.report.weight_bytes == 2 * b.report.unique_total


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_smaller_format_holds_the_numbers_of_float32_rounded(dtype: torch.dtype) -> None:
    """Of every size: torch's own normal_ draws others for some, 17 among them."""
    config = GPTConfig(2, 1, 17, 17, 1)
    exact, rounded = weights(config, seed=4), weights(config, seed=4, dtype=dtype)
    for name, p in exact.items():
        assert torch.equal(rounded[name], p.to(dtype)), name


def test_a_smaller_format_is_drawn_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole matrix in float32 beside it would be twice its memory, which nobody has reserved."""
    drawn = set()

    def watched(name: str, p: Tensor, config: GPTConfig, generator: torch.Generator) -> None:
        drawn.add((p.dtype, p.untyped_storage().nbytes()))
        init_parameter(name, p, config, generator)

    monkeypatch.setattr(model_weights, "init_parameter", watched)
    weights(GPTConfig(1, 1, 128, 8, 50_257), dtype=torch.bfloat16)
    assert drawn == {(torch.float32, 4 * model_weights._CHUNK)}


def test_untied_weights_are_apart() -> None:
    b = build(dataclasses.replace(TINY, tie_weights=False), device="cpu")
    assert b.model.lm_head.weight is not b.model.wte.weight
    assert not torch.equal(b.model.lm_head.weight, b.model.wte.weight)


@pytest.mark.parametrize("tie_weights", [True, False])
def test_it_is_saved_as_any_model_is(tie_weights: bool, tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, tie_weights=tie_weights)
    built, read = build(config, device="cpu").model, GPT(config)
    save_model(built, str(tmp_path / "model.safetensors"))
    load_model(read, tmp_path / "model.safetensors")
    assert all(torch.equal(p, q) for p, q in zip(built.parameters(), read.parameters(), strict=True))
    part = io.BytesIO()
    torch.save(built.transformer["ln_f"].state_dict(), part)
    assert part.tell() < 2000 + 4 * 2 * config.n_embd, "what is saved of a part is that part"
    for name, p in built.named_parameters():
        assert p.untyped_storage().nbytes() == p.nbytes, f"{name} keeps more in memory than itself"


@pytest.mark.parametrize("within", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_it_can_be_trained_wherever_it_was_built(within: Any) -> None:
    with within():
        built = build(TINY, device="cpu").model
    assert sum(p.numel() for p in built.parameters() if p.requires_grad) == 39_808
    assert not built.training, "as the docstring says"
    optimizer, losses = torch.optim.AdamW(built.parameters(), lr=1e-2), []
    idx = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])
    for _ in range(5):
        loss = F.cross_entropy(built(idx[:, :-1])[0], idx[0, 1:])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses == sorted(losses, reverse=True)
    assert built.lm_head.weight is built.wte.weight


def test_the_engines_own_models_are_frozen(serving: Scheduler) -> None:
    job = serving.submit(GenerateRequest(BuildRequest(TINY, 0), "", SamplingOptions(max_new_tokens=1)), [1])
    assert job.ended.wait(60)
    assert job.built is not None
    assert not any(p.requires_grad for p in job.built.model.parameters())


@pytest.mark.parametrize("dtype", ["float32", None, torch.int8, torch.bool])
def test_a_dtype_without_room_for_weights_is_refused_in_words(dtype: Any) -> None:
    with pytest.raises(ValueError, match=r"dtype=.* is not allowed: weights are torch\.float32"):
        build(TINY, device="cpu", dtype=dtype)


def test_building_shows_progress_and_can_be_stopped() -> None:
    steps = build_in_steps(TINY, device="cpu")
    shares = [next(steps) for _ in range(3)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    steps.close()


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0", True, None])
def test_a_bad_seed_is_refused(seed: Any) -> None:
    with pytest.raises(ConfigError):
        build(TINY, seed=seed, device="cpu")
