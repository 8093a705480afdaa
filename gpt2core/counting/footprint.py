"""Memory, in bytes, that building and decoding take, as closed forms: what is reserved before it is taken.

A shape that would not fit is refused by these numbers alone, before anything is allocated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gpt2core.config import GPTConfig
from gpt2core.counting.costs import COSTS, FP32_BYTES, TRAINING
from gpt2core.counting.parameters import evaluate, fields_of
from gpt2core.errors import ConfigError
from gpt2core.runtime.settings import KERNELS_KEPT

# The first build of a process grows it by 102 MB besides the tensors (measured: parts of torch that
# load on first use, torchinfo, the vocabulary).
_FIXED_BYTES = 112 * 2**20
# What oneDNN's kernels take in the end, by which a process goes on growing with the shapes that it meets:
# 575 to 595 KB each (torch 2.13 with AVX-512; mallinfo2 before and after 50 numbers of rows at matrices of
# 64 to 2,048 columns, packed and not), and 55 MB altogether after 600 numbers of rows.
_KERNEL_CACHE_BYTES = KERNELS_KEPT * 600_000
# What a job takes besides its tensors in a process that has built before: 3 to 29 MB over 8 shapes
# (tests/load/memory.py).
WORKSPACE_BYTES = 32 * 2**20
_PACKED_BLOCK = (64, 16)  # outputs, inputs: oneDNN's AB16b64a
_SMALLEST_CACHE = 64  # tokens
_READY_TOKENS = 128  # as long a text as most are
_READY_SHARE = 0.25
# A loss computes logits of so many numbers at a time: 32 MB. Of a batch of GPT-2 Small's they would be
# gigabytes.
LOGITS_AT_ONCE = 2**23


def packed_bytes(config: GPTConfig, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, of the matrices' copies in oneDNN's layout, which a CPU decodes faster from.

    They are made only where memory allows, so `weight_bytes` does not count them. The layout is of whole
    blocks, the last of which is filled up: where n_embd is 160 that is a tenth of them.
    """

    def copy(n_out: int, n_in: int) -> int:
        rows, columns = _PACKED_BLOCK
        return (n_out + -n_out % rows) * (n_in + -n_in % columns)

    E = config.n_embd
    block = copy(3 * E, E) + copy(E, E) + copy(4 * E, E) + copy(E, 4 * E)
    return dtype_bytes * (config.n_layer * block + copy(config.vocab_size, E))


def kv_cache_len(config: GPTConfig, n_tokens: int) -> int:
    """Tokens that memory is taken for where a sequence may become `n_tokens` long.

    Powers of two, so that sequences of about the same length can share a cache (see model_runner.py).
    """
    return int(min(config.block_size, max(_SMALLEST_CACHE, 1 << (n_tokens - 1).bit_length())))


def kv_cache_bytes(config: GPTConfig, n_tokens: int, slots: int = 1, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, of the KV cache of `slots` sequences of up to `n_tokens` tokens."""
    per_token = evaluate(COSTS["kv_bytes_per_token"], fields_of(config, dtype_bytes))
    return slots * kv_cache_len(config, n_tokens) * per_token


def prefill_bytes(config: GPTConfig, n_tokens: int, n_chunk: int, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, of the prefill of a prompt of `n_tokens`: its keys and values in every layer, and
    the widest activations of `n_chunk` tokens at once (c_attn's 3E, the MLP's 4E twice, x twice)."""
    per_token = evaluate(COSTS["kv_bytes_per_token"], fields_of(config, dtype_bytes))
    return n_tokens * per_token + n_chunk * config.n_embd * (3 + 8 + 2) * dtype_bytes


def sampling_bytes(config: GPTConfig, rows: int) -> int:
    """Memory, in bytes, of sampling a token for each of `rows`: the logits and what is made of them."""
    return rows * config.vocab_size * FP32_BYTES * 6


def cuda_graph_bytes(config: GPTConfig, rows: int, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, that a CUDA graph of a decoding step of `rows` keeps: its widest activations, the
    logits as they are computed and in float32, and those of the step that is launched ahead."""
    logits = config.vocab_size * (dtype_bytes + 2 * FP32_BYTES)
    return prefill_bytes(config, 0, rows, dtype_bytes) + rows * logits


def weight_bytes(config: GPTConfig, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, that a model's weights take."""
    return evaluate(COSTS["weight_bytes"], fields_of(config, dtype_bytes))


def run_bytes(
    config: GPTConfig, n_tokens: int, dtype_bytes: int = FP32_BYTES, rows: int = 1,
    *, n_prompt: int | None = None, n_chunk: int | None = None, fresh: bool = True,
) -> int:  # fmt: skip
    """Memory, in bytes, to build `config` and run `rows` sequences of `n_tokens` each on it, the first
    `n_prompt` of which (None: all) are one prompt that is prefilled in chunks of `n_chunk` tokens (None: at
    once). `fresh`: in a process that has built nothing yet.
    """
    n_prompt = n_tokens if n_prompt is None else n_prompt
    n_chunk = n_prompt if n_chunk is None else n_chunk
    return (
        weight_bytes(config, dtype_bytes)
        + kv_cache_bytes(config, n_tokens, rows, dtype_bytes)
        + prefill_bytes(config, n_prompt, n_chunk, dtype_bytes)
        + sampling_bytes(config, rows)
        + (_FIXED_BYTES if fresh else WORKSPACE_BYTES)
    )


def training_bytes(config: GPTConfig, batch_size: int) -> int:
    """Memory, in bytes, of training `config` in float32 on `batch_size` rows of a context each: what the
    Costs view counts, with logits of LOGITS_AT_ONCE numbers in place of all, and room for a copy of what
    a snapshot holds."""
    numbers = fields_of(config, FP32_BYTES)
    # Weights, gradients, both moments, and gradients of three more that share the rows.
    model = (4 + 3) * weight_bytes(config)
    kept = evaluate(TRAINING["kept"], numbers) + evaluate(TRAINING["kept_statistics"], numbers)
    logits = min(batch_size * config.block_size * config.vocab_size, LOGITS_AT_ONCE + config.vocab_size)
    # The logits, what the loss makes of them, and their gradient; of a batch the ids; of one block what its
    # gradients are computed in.
    passing = 4 * logits + batch_size * config.block_size * 12 * config.n_embd
    return model + 3 * weight_bytes(config) + FP32_BYTES * (batch_size * kept + passing) + WORKSPACE_BYTES


def pool_bytes(free_bytes: int, share: float) -> int:
    """Memory, in bytes, that models, texts and labs may take together where `free_bytes` are free at the
    start: a `share` of it, and always so much less that what a process takes besides has room."""
    return max(0, min(int(share * free_bytes), free_bytes - _FIXED_BYTES - _KERNEL_CACHE_BYTES))


def ready_bytes(limit_bytes: int) -> int:
    """Memory, in bytes, worth having ready for the next model where all may take `limit_bytes`: GPT-2 Small
    is built first, and most often. 0 where that would be too large a part."""
    wanted = run_bytes(GPTConfig(), _READY_TOKENS) + packed_bytes(GPTConfig())
    return wanted if wanted <= _READY_SHARE * limit_bytes else 0


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
