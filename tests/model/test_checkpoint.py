"""Trained weights out of transformers' files."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from app_process import ROOT
from checkpoints import CONFIGS, SHAPE, change, check_same, saved, say
from torch import Tensor

from gpt2core import BuiltModel, ConfigError, GPTConfig, build, load_checkpoint
from gpt2core.model import checkpoint
from gpt2core.model.checkpoint import load_in_steps

FORMATS = [torch.float16, torch.bfloat16, torch.float64]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_transformers_files_give_transformers_logits(config: GPTConfig, tmp_path: Path) -> None:
    theirs = saved(tmp_path, config)
    built = load_checkpoint(tmp_path, "cpu")
    assert built.config == built.model.config == config
    assert (built.model.lm_head.weight is built.model.wte.weight) == config.tie_weights
    check_same(built.model, theirs)


@pytest.mark.parametrize(
    "how", ["a file", "a string", "in parts", "without prefix", "masks", "lm_head too"]
)
def test_a_checkpoint_comes_in_many_ways(how: str, tmp_path: Path) -> None:
    theirs = saved(tmp_path, max_shard_size="10KB" if how == "in parts" else "1GB")
    assert (tmp_path / "model.safetensors.index.json").exists() == (how == "in parts")

    def edit(tensors: dict[str, Tensor]) -> None:
        if how == "without prefix":
            for name in list(tensors):
                tensors[name.removeprefix("transformer.")] = tensors.pop(name)
        if how == "masks":
            tensors["transformer.h.0.attn.bias"] = torch.ones(1, 1, 12, 12, dtype=torch.bool)
            tensors["transformer.h.1.attn.masked_bias"] = torch.tensor(-1e4)
        if how == "lm_head too":
            tensors["lm_head.weight"] = tensors["transformer.wte.weight"].clone()

    if how != "in parts":
        change(tmp_path, edit)
    paths: dict[str, Path | str] = {"a file": tmp_path / "model.safetensors", "a string": str(tmp_path)}
    path = paths.get(how, tmp_path)
    built = load_checkpoint(path, "cpu")
    assert built.config == SHAPE
    check_same(built.model, theirs)


@pytest.mark.parametrize("tied", [True, False])
def test_an_lm_head_of_its_own_stays_apart(tied: bool, tmp_path: Path) -> None:
    """Whatever config.json says: transformers 5 does not tie two that differ."""
    saved(tmp_path)
    change(tmp_path, lambda tensors: tensors.update({"lm_head.weight": torch.ones(90, 16)}))
    say(tmp_path, tie_word_embeddings=tied)
    built = load_checkpoint(tmp_path, "cpu")
    assert not built.config.tie_weights
    assert torch.equal(built.model.lm_head.weight, torch.ones(90, 16))


def test_two_equal_matrices_that_config_json_keeps_apart_are_two(tmp_path: Path) -> None:
    saved(tmp_path)
    change(tmp_path, lambda ts: ts.update({"lm_head.weight": ts["transformer.wte.weight"].clone()}))
    say(tmp_path, tie_word_embeddings=False)
    assert not load_checkpoint(tmp_path, "cpu").config.tie_weights


def test_without_any_bias_it_has_none(tmp_path: Path) -> None:
    saved(tmp_path)

    def edit(tensors: dict[str, Tensor]) -> None:
        for name in [name for name in tensors if name.endswith(".bias")]:
            del tensors[name]

    change(tmp_path, edit)
    built = load_checkpoint(tmp_path, "cpu")
    assert built.config == dataclasses.replace(SHAPE, bias=False)
    assert not any(name.endswith("bias") for name, _ in built.model.named_parameters())


@pytest.mark.parametrize("stored", FORMATS)
def test_other_number_formats_are_converted(stored: torch.dtype, tmp_path: Path) -> None:
    theirs = saved(tmp_path)
    change(tmp_path, lambda ts: ts.update({name: tensor.to(stored) for name, tensor in ts.items()}))
    built = load_checkpoint(tmp_path, "cpu")
    wte = theirs.transformer.wte.weight
    assert torch.equal(built.model.wte.weight, wte.to(stored).float())
    rounded = load_checkpoint(tmp_path, "cpu", torch.bfloat16)
    assert torch.equal(rounded.model.wte.weight, wte.to(stored).bfloat16())
    assert rounded.report.dtype == "bfloat16"


def test_it_shows_progress_is_frozen_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "_CHUNK", 100)
    saved(tmp_path)
    for beside_heap in (True, False):
        steps, shares = load_in_steps(tmp_path, "cpu", beside_heap=beside_heap), []
        try:
            while True:
                shares.append(next(steps))
        except StopIteration as done:
            built: BuiltModel = done.value
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        assert len(shares) > 50
        assert not any(p.requires_grad for p in built.model.parameters())
    stopped = load_in_steps(tmp_path, "cpu")
    next(stopped)
    stopped.close()


def test_the_report_says_whose_weights_they_are(tmp_path: Path) -> None:
    saved(tmp_path / "my-gpt2")
    built = load_checkpoint(tmp_path / "my-gpt2", "cpu")
    assert (built.report.weights, built.report.seed, built.report.device) == ("my-gpt2", 0, "cpu")
    assert built.report.unique_total == sum(p.numel() for p in built.model.parameters())
    assert all(p.requires_grad for p in built.model.parameters())
    assert not built.model.training
    assert build(SHAPE, device="cpu").report.weights == "random"


def test_memory_is_looked_at_before_it_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path)
    monkeypatch.setattr("gpt2core.model.weights.free_bytes", lambda device: 1000)
    with pytest.raises(ConfigError, match="memory"):
        load_checkpoint(tmp_path, "cpu")


def test_the_name_is_handed_out_lazily() -> None:
    code = "import sys, gpt2core; print('torch' in sys.modules); gpt2core.load_checkpoint, gpt2core.score"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert ended.stdout == b"False\n"
