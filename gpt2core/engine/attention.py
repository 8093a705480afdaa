"""Attention in the format that the device is fastest with."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

# Numbers of K, and of V, that are widened at a time: 1 MB each in float32, which the cache holds.
_TOGETHER = 2**18
_MOST_OF_A_HEAD = 2**20  # more than these are left as they are
_VECTOR = 16  # float32 numbers that AVX-512 adds up at a time


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, *, is_causal: bool = False) -> Tensor:
    """softmax(q @ k^T / sqrt(D)) @ v: (N, H, T, D) and twice (N, H, S, D) -> (N, H, T, D). `mask`, (T, S)
    or (N, 1, T, S), says who may look at what.

    On the CPU torch's kernels for the smaller formats are made for many queries: for one they take three to
    six times as long as float32's, and they round in between.
    """
    one_head = k.size(2) * k.size(3)
    if not _is_widened(q) or one_head > _MOST_OF_A_HEAD:
        return F.scaled_dot_product_attention(q, k, v, mask, is_causal=is_causal)
    N, H = q.size(0), q.size(1)
    heads = max(1, min(H, _TOGETHER // one_head))
    rows = max(1, _TOGETHER // (one_head * H))
    y = torch.empty_like(q)
    for n in range(0, N, rows):
        seen = mask if mask is None or mask.dim() == 2 else mask[n : n + rows]
        for h in range(0, H, heads):
            here = (slice(n, n + rows), slice(h, h + heads))
            y[here] = F.scaled_dot_product_attention(
                q[here].float(), k[here].float(), v[here].float(), seen, is_causal=is_causal
            )
    return y


def quick_to_start(device: torch.device) -> AbstractContextManager[None]:
    """Keeps torch from cuDNN's attention, which on a GPU takes 50 to 400 ms to plan for each new length."""
    if device.type != "cuda":
        return nullcontext()
    found: AbstractContextManager[None] = sdpa_kernel(
        [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
    )
    return found


def span_len(longest: int, cache: Tensor) -> int:
    """How many tokens a step looks back on in `cache` (slots, H, max_len, D), whose longest sequence has so
    many: the rest is masked.

    How far a row is padded then changes no sum, but for a few of the last bits. In float32 that bit matters
    nowhere; rounded to a smaller format it can become another number, and in the end another token.
    """
    return min(cache.size(-2), -(-longest // _VECTOR) * _VECTOR) if _is_widened(cache) else longest


def _is_widened(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.itemsize < torch.float32.itemsize
