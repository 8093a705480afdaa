"""What a GPT-2 costs: bytes and FLOPs as closed forms over the config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gpt2core.config import ConfigError, GPTConfig
from gpt2core.parameters import COUNTS, Polynomial, evaluate, fields_of

FP32_BYTES = 4
# Per block and token: c_attn 3E^2, c_proj E^2, c_fc and c_proj of the MLP 4E^2 each.
_MATMUL_WEIGHTS: Polynomial = (
    (12, ("n_layer", "n_embd", "n_embd")),
    (1, ("vocab_size", "n_embd")),  # lm_head multiplies whether or not it is tied
)


def _times(factor: int, polynomial: Polynomial, *fields: str) -> Polynomial:
    return tuple((factor * c, names + fields) for c, names in polynomial)


# A multiply-add is two FLOPs. Attention's two products, q @ k and weights @ v, are 2*T*E
# each per token that looks back on T; counted without the causal half off, as
# torch.utils.flop_counter does.
COSTS: dict[str, Polynomial] = {
    "weight_bytes": _times(FP32_BYTES, COUNTS["unique_total"]),
    "kv_bytes_per_token": ((2 * FP32_BYTES, ("n_layer", "n_embd")),),
    "flops_per_token": (
        *_times(2, _MATMUL_WEIGHTS),
        (4, ("n_layer", "block_size", "n_embd")),
    ),
    "forward_flops": (
        *_times(2, _MATMUL_WEIGHTS, "block_size"),
        (4, ("n_layer", "block_size", "block_size", "n_embd")),
    ),
}

# What training holds and does, for one sequence of block_size tokens: how many numbers, or FLOPs. The first
# four are what autograd keeps of model.py and of F.cross_entropy for the backward pass, derived
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
    """Bytes are fp32. FLOPs are forward ones with the context full."""

    weight_bytes: int
    kv_bytes_per_token: int
    flops_per_token: int
    forward_flops: int


def costs(config: GPTConfig) -> Costs:
    """The costs of `config`, without building anything."""
    numbers = fields_of(config)
    return Costs(**{name: evaluate(cost, numbers) for name, cost in COSTS.items()})


# The first build of a process grows it by 102 MB besides the tensors (measured: parts of torch that
# load on first use, torchinfo, the vocabulary).
_FIXED_BYTES = 112 * 2**20
# What a job takes besides its tensors in a process that has built before: 3 to 29 MB over 8 shapes
# (tests/load/memory.py).
_WORKSPACE_BYTES = 32 * 2**20
_SMALLEST_ROOM = 64  # tokens


def packed_bytes(config: GPTConfig) -> int:
    """Memory, in bytes, of the matrices' copies in oneDNN's layout, which a CPU decodes faster from.

    They are made only where there is room for them, so `build_bytes` is without them.
    """
    return FP32_BYTES * evaluate(_MATMUL_WEIGHTS, fields_of(config))


def lane_room(config: GPTConfig, n_tokens: int) -> int:
    """Tokens that memory is taken for where a sequence may become `n_tokens` long.

    Powers of two, so that sequences of about the same length can share a lane (see decoder.py).
    """
    return int(min(config.block_size, max(_SMALLEST_ROOM, 1 << (n_tokens - 1).bit_length())))


def lane_bytes(config: GPTConfig, n_tokens: int, slots: int = 1, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, of the KV cache of `slots` sequences of up to `n_tokens` tokens."""
    per_token = evaluate(COSTS["kv_bytes_per_token"], fields_of(config)) * dtype_bytes // FP32_BYTES
    return slots * lane_room(config, n_tokens) * per_token


def prompt_bytes(config: GPTConfig, n_tokens: int, fed: int, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, of a prompt of `n_tokens` on its way: what it leaves behind in every layer,
    and the widest activations of `fed` tokens at once (c_attn's 3E, the MLP's 4E twice, x twice)."""
    per_token = evaluate(COSTS["kv_bytes_per_token"], fields_of(config)) * dtype_bytes // FP32_BYTES
    return n_tokens * per_token + fed * config.n_embd * (3 + 8 + 2) * dtype_bytes


def choice_bytes(config: GPTConfig, rows: int) -> int:
    """Memory, in bytes, of choosing a token for each of `rows`: the logits and what is made of them."""
    return rows * config.vocab_size * FP32_BYTES * 6


def captured_bytes(config: GPTConfig, rows: int, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, that a captured step of `rows` keeps to itself: its widest activations, and the
    logits twice, as they are computed and in float32."""
    logits = config.vocab_size * (dtype_bytes + FP32_BYTES)
    return prompt_bytes(config, 0, rows, dtype_bytes) + rows * logits


def build_bytes(config: GPTConfig, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, that a model's weights take."""
    return evaluate(COSTS["weight_bytes"], fields_of(config)) * dtype_bytes // FP32_BYTES


def run_bytes(
    config: GPTConfig, n_tokens: int, dtype_bytes: int = FP32_BYTES, rows: int = 1,
    *, n_prompt: int | None = None, n_fed: int | None = None, fresh: bool = True,
) -> int:  # fmt: skip
    """Memory, in bytes, to build `config` and run `rows` sequences of `n_tokens` each on it, the first
    `n_prompt` of which (None: all) are one prompt that goes through `n_fed` tokens at a time (None: at
    once). `fresh`: in a process that has built nothing yet.
    """
    n_prompt = n_tokens if n_prompt is None else n_prompt
    n_fed = n_prompt if n_fed is None else n_fed
    return (
        build_bytes(config, dtype_bytes)
        + lane_bytes(config, n_tokens, rows, dtype_bytes)
        + prompt_bytes(config, n_prompt, n_fed, dtype_bytes)
        + choice_bytes(config, rows)
        + (_FIXED_BYTES if fresh else _WORKSPACE_BYTES)
    )


def largest_n_layer(config: GPTConfig, budget: int, need: Callable[[GPTConfig], int]) -> int:
    """How many of `config`'s layers fit into `budget` bytes where a shape takes `need(shape)`, which grows
    by as much with every layer; 0 if not even one does."""
    one, two = (need(replace(config, n_layer=n)) for n in (1, 2))
    return 1 + (budget - one) // (two - one) if budget >= one else 0


def check_memory(config: GPTConfig, budget: int, need: Callable[[GPTConfig], int]) -> None:
    """Raises ConfigError('memory'), which says what would fit, where `need(config)` is above `budget`,
    both in bytes."""
    if need(config) > budget:
        raise ConfigError(
            "memory", "n_layer", config.n_layer, need=need(config), free=budget, n_embd=config.n_embd,
            fits=largest_n_layer(config, budget, need),
        )  # fmt: skip
