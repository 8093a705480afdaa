"""Memory, in bytes, that each lab takes besides the model it looks at, as closed forms: it is reserved
before the lab begins."""

from __future__ import annotations

from dataclasses import replace

from gpt2core.config import GPTConfig
from gpt2core.counting.costs import FP32_BYTES
from gpt2core.counting.footprint import (
    WORKSPACE_BYTES,
    kv_cache_bytes,
    prefill_bytes,
    run_bytes,
    sampling_bytes,
    weight_bytes,
)
from gpt2core.labs import device_placement, forward_pass, qkv, trace, tying
from gpt2core.serving.messages import PLAYED_TOKENS, LabName

# Numbers of n_embd a token in one block: x twice, c_attn's 3, the MLP's 4 and 4 again, LayerNorms.
_ROW = 20
_KEPT_ROWS = 16  # of which autograd keeps in each block (counting/costs.py, 'kept')
_LOGITS = 3  # logits, what cross_entropy makes of them, and their gradient
_NEXT = 4  # logits scaled in three steps, and their softmax
_PIECE_BYTES = 2**20 * 8 * 3  # a piece of a matrix in float64, squared
_HISTOGRAM_BYTES = 2**20 * FP32_BYTES * 6  # four samples, their sum, and what is cut from it


def lab_bytes(lab: LabName, config: GPTConfig, dtype_bytes: int = FP32_BYTES) -> int:
    """For `lab` on a model of this shape whose numbers take `dtype_bytes`."""
    return WORKSPACE_BYTES + _besides(lab, config, dtype_bytes)


def _besides(lab: LabName, c: GPTConfig, dtype_bytes: int) -> int:
    """Whatever the model's format, logits, scores and norms are computed in float32."""
    n_tokens = min(trace.MOST_TOKENS, c.block_size)
    scores = 4 * c.n_head * n_tokens * n_tokens
    match lab:
        case "forward":
            n = forward_pass.MOST_PROMPT + PLAYED_TOKENS
            decoding = kv_cache_bytes(c, n, 1, dtype_bytes) + prefill_bytes(c, n, n, dtype_bytes)
            scores = 4 * c.n_head * n * (n + c.head_dim)
            rows = dtype_bytes * n * _ROW * c.n_embd
            return decoding + sampling_bytes(c, 1) + rows + FP32_BYTES * (_NEXT * c.vocab_size + scores)
        case "trace":
            rows = dtype_bytes * n_tokens * _ROW * c.n_embd
            return rows + FP32_BYTES * (n_tokens * 2 * c.vocab_size + scores)
        case "gradients":
            rows = _KEPT_ROWS * c.n_layer + 2 * _ROW
            one_matrix = 4 * c.n_embd * c.n_embd  # the MLP's c_proj: its gradient, and that in float32
            return dtype_bytes * (n_tokens * rows * c.n_embd + one_matrix) + FP32_BYTES * (
                n_tokens * _LOGITS * c.vocab_size + one_matrix + scores
            )
        case "weights":
            return _PIECE_BYTES + _HISTOGRAM_BYTES
        case "tying":
            return weight_bytes(replace(tying.smallest_with(c), tie_weights=False), dtype_bytes)
        case "qkv":
            outputs = max(qkv.TOKENS) * (1 + 4 * 3) * c.n_embd  # x; fused, separate, their differences
            return dtype_bytes * 3 * c.n_embd * c.n_embd + FP32_BYTES * outputs
        case "devices":
            return run_bytes(c, min(1 + device_placement.TOKENS, c.block_size), dtype_bytes, fresh=False)
        case "measured":
            return 0
