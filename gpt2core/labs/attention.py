"""Attention written out, head by head: model/gpt.py leaves it to one fused call."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gpt2core.model.gpt import Block


def queries_keys_values(block: Block, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of the stream (1, T, E) that goes into `block`, three (H, T, E/H) in float32."""
    heads = block.attn.n_head
    q, k, v = block.attn.c_attn(block.ln_1(x))[0].float().view(x.size(1), 3, heads, -1).permute(1, 2, 0, 3)
    return q, k, v


def weights_of(products: Tensor, head_dim: int) -> Tensor:
    """softmax(q k^T / sqrt(E/H)) of `products` (H, T, T), where no token looks at a later one."""
    T = products.size(-1)
    later = torch.ones(T, T, dtype=torch.bool, device=products.device).triu(1)
    scaled = products / math.sqrt(head_dim)
    return scaled.masked_fill(later, float("-inf")).softmax(-1)
