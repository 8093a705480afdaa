"""A shape as transformers' GPT2Config has it, and back. Without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gpt2core.config import TOKENIZER_VOCAB, GPTConfig
from gpt2core.errors import ConfigError

# Our field: transformers' name of it. https://huggingface.co/docs/transformers/model_doc/gpt2#transformers.GPT2Config
_SIZES = {
    "n_layer": "n_layer", "n_head": "n_head", "n_embd": "n_embd", "block_size": "n_positions",
    "vocab_size": "vocab_size",
}  # fmt: skip


def for_transformers(
    config: GPTConfig, *, layer_norm_epsilon: float, initializer_range: float
) -> dict[str, object]:
    """`config` as a GPT2Config that computes the same. It always has biases: `bias` is not said."""
    end = TOKENIZER_VOCAB - 1 if config.vocab_size >= TOKENIZER_VOCAB else None  # <|endoftext|>
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        **{theirs: getattr(config, ours) for ours, theirs in _SIZES.items()},
        "n_ctx": config.block_size,  # what it was called once, and where llama.cpp's converter looks
        "tie_word_embeddings": config.tie_weights,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": layer_norm_epsilon,
        "initializer_range": initializer_range,
        "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0,
        "bos_token_id": end, "eos_token_id": end,
    }  # fmt: skip


def from_transformers(values: Mapping[str, object], *, layer_norm_epsilon: float) -> GPTConfig:
    """The shape that a config.json of GPT-2 says; what it leaves out is GPT2Config's default.

    Raises ConfigError('checkpoint_config') where it says of another architecture, or of one that computes
    otherwise than model/gpt.py, and as GPTConfig does for sizes that make no model.
    """
    default = GPTConfig()
    width = values.get("n_embd", default.n_embd)
    inner = [None, 4 * width] if isinstance(width, int) else [None]
    # What each must be, GPT2Config's default first; the type of model has none.
    fixed: dict[str, list[object]] = {
        "model_type": ["gpt2"],
        "activation_function": ["gelu_new"],
        "layer_norm_epsilon": [layer_norm_epsilon],
        "n_inner": [*inner],
        "scale_attn_weights": [True],
        "scale_attn_by_inverse_layer_idx": [False],
        "add_cross_attention": [False],
        "tie_word_embeddings": [True, False],
        "quantization_config": [None],
    }
    for key, allowed in fixed.items():
        found = values.get(key, None if key == "model_type" else allowed[0])
        if found not in allowed:
            words = " / ".join(map(json.dumps, allowed))
            raise ConfigError("checkpoint_config", "weights", found, setting=key, allowed=words)
    sizes = {ours: values.get(theirs, getattr(default, ours)) for ours, theirs in _SIZES.items()}
    return GPTConfig(**sizes, tie_weights=values.get("tie_word_embeddings", True) is True)  # type: ignore[arg-type]
