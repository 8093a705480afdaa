"""Checkpoints for the tests: transformers' own, and such as are changed in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from gpt2core import ConfigError, GPTConfig, load_checkpoint
from gpt2core.i18n import LANGUAGES
from gpt2core.model.gpt import GPT
from gpt2core.ui.error_messages import sentence

SHAPE = GPTConfig(n_layer=2, n_head=2, n_embd=16, block_size=12, vocab_size=90)
CONFIGS = [SHAPE, replace(SHAPE, tie_weights=False), GPTConfig(1, 3, 24, 7, 33)]
TOLERANCE = 1e-4  # of logits of about 10


def transformers_model(config: GPTConfig = SHAPE) -> GPT2LMHeadModel:
    """With weights that leave no tensor without a say."""
    made: GPT2LMHeadModel = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=config.vocab_size, n_positions=config.block_size, n_embd=config.n_embd,
            n_layer=config.n_layer, n_head=config.n_head, tie_word_embeddings=config.tie_weights,
            bos_token_id=0, eos_token_id=0,
        )
    )  # fmt: skip
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(0, 0.3, generator=generator)
    return made.eval()


def saved(folder: Path, config: GPTConfig = SHAPE, **options: object) -> GPT2LMHeadModel:
    """Such a model, and saved by transformers into `folder`."""
    made = transformers_model(config)
    made.save_pretrained(folder, **options)
    return made


def change(folder: Path, edit: Callable[[dict[str, Tensor]], object]) -> None:
    """Changes the tensors in the file."""
    tensors = {name: tensor.clone() for name, tensor in load_file(folder / "model.safetensors").items()}
    edit(tensors)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def say(folder: Path, **values: object) -> None:
    """Changes config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def some_ids(config: GPTConfig = SHAPE) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(config.vocab_size, (3, config.block_size), generator=generator)


def refusal(path: Path | str, dtype: torch.dtype = torch.float32) -> ConfigError:
    """And that both languages have a sentence for it, which says no path."""
    with pytest.raises(ConfigError) as refused:
        load_checkpoint(path, "cpu", dtype)
    for lang in LANGUAGES:
        said = sentence(refused.value, lang)
        assert refused.value.value in said
        assert "/tmp" not in said
    return refused.value


@torch.no_grad()
def check_same(ours: GPT, theirs: GPT2LMHeadModel) -> None:
    ids = some_ids(ours.config)
    torch.testing.assert_close(ours(ids), theirs(ids).logits, rtol=0, atol=TOLERANCE)
