"""A real forward pass, looked into: the residual stream, who attends to whom, and the logits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from gpt2core.engine.job import Checkpoint
from gpt2core.labs.attention import queries_keys_values, weights_of
from gpt2core.model.gpt import GPT, INIT_STD
from gpt2core.model.tokenizer import Tokenizer
from gpt2core.serving.messages.lab_results import TraceResult

MOST_TOKENS = 32  # more would make an attention map that nobody can read


@torch.inference_mode()
def trace(model: GPT, ids: Sequence[int], layer: int, checkpoint: Checkpoint = lambda: None) -> TraceResult:
    """What passes through `model` for the first MOST_TOKENS of `ids`, plain data.

    `stream` and `stream_unscaled` hold the mean length of a token's vector after the embedding, then
    x_at and x_ff of each block, with GPT-2's scaled init of c_proj and as it would be without: those
    weights are the same draws times sqrt(2 n_layer), and their biases are 0 at init. `attention`
    (H, T, T) is that of block `layer`, counted from 1.
    """
    ids = list(ids[:MOST_TOKENS])
    layer = min(layer, model.config.n_layer)
    idx = torch.tensor([ids], device=model.wte.weight.device)
    logits = model(idx)[0, -1].float()
    tokenizer = Tokenizer()
    return {
        "lab": "trace",
        "tokens": [tokenizer.label(i) for i in ids],
        "layer": layer,
        "stream": stream(model, idx, checkpoint=checkpoint),
        "stream_unscaled": stream(model, idx, math.sqrt(2 * model.config.n_layer), checkpoint),
        "attention": attention(model, idx, layer, checkpoint),
        "logits": {
            "std": float(logits.std(correction=0)),
            "minimum": float(logits.min()), "maximum": float(logits.max()),
            # ln_f gives numbers of about N(0, 1), and each logit sums n_embd of them times N(0, INIT_STD)
            "expected": INIT_STD * math.sqrt(model.config.n_embd),
        },
    }  # fmt: skip


@torch.inference_mode()
def stream(
    model: GPT, idx: Tensor, gain: float = 1.0, checkpoint: Checkpoint = lambda: None
) -> list[float]:
    """Mean length of a token's vector in the residual stream: embedding, then x_at and x_ff of each
    block. `gain` multiplies what attention and MLP add."""
    x = model.embed(idx)
    lengths = [_length(x)]
    for block in model.blocks:
        checkpoint()
        x_at = x + gain * block.attn(block.ln_1(x))
        x = x_at + gain * block.mlp(block.ln_2(x_at))
        lengths += [_length(x_at), _length(x)]
    return lengths


def _length(x: Tensor) -> float:
    return float(x.float().norm(dim=-1).mean())


@torch.inference_mode()
def attention(
    model: GPT, idx: Tensor, layer: int, checkpoint: Checkpoint = lambda: None
) -> list[list[list[float]]]:
    """softmax(q k^T / sqrt(E/H)) of block `layer`, from 1: (H, T, T), each row sums to 1."""
    x = model.embed(idx)
    for block in model.blocks[: layer - 1]:
        checkpoint()
        x = block(x)
    q, k, _ = queries_keys_values(model.blocks[layer - 1], x)
    weights = weights_of(q @ k.transpose(1, 2), model.config.head_dim)
    rounded = (weights * 1000).round().div(1000)
    return cast(
        list[list[list[float]]], [[[round(w, 3) for w in row] for row in h] for h in rounded.tolist()]
    )
