"""What a GPT-2 costs: bytes and FLOPs as closed forms over the config."""

from __future__ import annotations

from dataclasses import dataclass

from gpt2core.config import DTYPE_BYTES, GPTConfig
from gpt2core.counting.parameters import COUNTS, evaluate, fields_of
from gpt2core.serving.messages.fields import Factor, Polynomial

FP32_BYTES = DTYPE_BYTES["float32"]
# Per block and token: c_attn 3E^2, c_proj E^2, c_fc and c_proj of the MLP 4E^2 each.
MATMUL_WEIGHTS: Polynomial = (
    (12, ("n_layer", "n_embd", "n_embd")),
    (1, ("vocab_size", "n_embd")),  # lm_head multiplies whether or not it is tied
)


def _times(factor: int, polynomial: Polynomial, *fields: Factor) -> Polynomial:
    return tuple((factor * c, names + fields) for c, names in polynomial)


# A multiply-add is two FLOPs. Attention's two products, q @ k and weights @ v, are 2*T*E
# each per token that looks back on T; counted without the causal half off, as
# torch.utils.flop_counter does.
COSTS: dict[str, Polynomial] = {
    "weight_bytes": _times(1, COUNTS["unique_total"], "dtype_bytes"),
    "kv_bytes_per_token": ((2, ("n_layer", "n_embd", "dtype_bytes")),),
    "flops_per_token": (
        *_times(2, MATMUL_WEIGHTS),
        (4, ("n_layer", "block_size", "n_embd")),
    ),
    "forward_flops": (
        *_times(2, MATMUL_WEIGHTS, "block_size"),
        (4, ("n_layer", "block_size", "block_size", "n_embd")),
    ),
}

# What training holds and does, for one sequence of block_size tokens: how many numbers, or FLOPs. The first
# four are what autograd keeps of gpt.py and of F.cross_entropy for the backward pass, derived
# from the gradient of each operation; test_costs.py holds them against torch.
TRAINING: dict[str, Polynomial] = {
    # In each block 16 rows of E: x, ln_1's output, Q, K, V, attention's output, x_at, ln_2's output, and
    # 4 each before and after GELU; then the inputs of ln_f and lm_head. Korthikanti et al. 2022, eq. 1,
    # less dropout's masks and the scores, which a fused attention does not keep: 34 - 2 bytes at 2 each.
    "kept": (
        (16, ("n_layer", "block_size", "n_embd")),
        (2, ("block_size", "n_embd")),
    ),
    # Always fp32: mean and 1/std of each LayerNorm, logsumexp of each row of scores.
    "kept_statistics": (
        (4, ("n_layer", "block_size")),
        (1, ("n_layer", "n_head", "block_size")),
        (2, ("block_size",)),
    ),
    "kept_loss": ((1, ("block_size", "vocab_size")), (1, ())),  # log-probabilities; the targets' weight
    # int64: T + 1 tokens, of which inputs and targets are two views, and T positions
    "kept_ids": ((2, ("block_size",)), (1, ())),
    # What attention written out keeps besides: the scores after softmax, Q and K times a scale, but no
    # logsumexp. (Korthikanti et al. 2022: the 5 a s^2 b of eq. 1, less dropout.)
    "kept_written_out": (
        (1, ("n_layer", "n_head", "block_size", "block_size")),
        (2, ("n_layer", "block_size", "n_embd")),
        (-1, ("n_layer", "n_head", "block_size")),
    ),
    "kv_cache": ((2, ("n_layer", "block_size", "n_embd")),),
    # A backward pass multiplies each matrix twice: for the gradient of its input and for its own.
    "step_flops": _times(3, COSTS["forward_flops"]),
    # Kaplan et al. 2020, section 2.1: 6 N per token, N = 12 L E^2 without any embedding, context left out
    "kaplan_flops": ((6 * 12, ("n_layer", "n_embd", "n_embd", "block_size")),),
    # Chowdhery et al. 2022 (PaLM), appendix B: 6 N + 12 L H Q T per token, where H Q is E; N as nanoGPT's
    # estimate_mfu takes it, everything but wpe
    "palm_flops": (
        *_times(6, COUNTS["unique_total"], "block_size"),
        *_times(-6, COUNTS["component.position_embedding"], "block_size"),
        (12, ("n_layer", "n_embd", "block_size", "block_size")),
    ),
}


@dataclass(frozen=True)
class Costs:
    """FLOPs are forward ones with the context full."""

    weight_bytes: int
    kv_bytes_per_token: int
    flops_per_token: int
    forward_flops: int


def costs(config: GPTConfig, dtype_bytes: int = FP32_BYTES) -> Costs:
    """The costs of `config`, without building anything, where a number takes `dtype_bytes`."""
    numbers = fields_of(config, dtype_bytes)
    return Costs(**{name: evaluate(cost, numbers) for name, cost in COSTS.items()})
