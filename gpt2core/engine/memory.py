"""What a job takes, in bytes, and whether it could ever fit: asked before anything is allocated."""

from __future__ import annotations

import torch

from gpt2core.config import GPTConfig
from gpt2core.counting.costs import FP32_BYTES
from gpt2core.counting.footprint import (
    check_memory,
    kv_cache_bytes,
    prefill_bytes,
    run_bytes,
    sampling_bytes,
    training_bytes,
    weight_bytes,
)
from gpt2core.engine.sequence import Sequence
from gpt2core.errors import ConfigError
from gpt2core.runtime.device import offered_dtypes
from gpt2core.serving.messages import PREFILL_CHUNK, BuildRequest, Request, TrainRequest


def need_bytes(config: GPTConfig, sequence: Sequence | None, dtype_bytes: int = FP32_BYTES) -> int:
    """Memory, in bytes, that a job takes when nothing of it is there yet."""
    if sequence is None:
        return weight_bytes(config, dtype_bytes)
    n, rows = sequence.n_to_prefill, len(sequence.options)
    return run_bytes(
        config, sequence.max_len, dtype_bytes, rows, fresh=False, n_prompt=n, n_chunk=min(n, PREFILL_CHUNK)
    )


def sequence_bytes(config: GPTConfig, sequence: Sequence, slots: int, dtype_bytes: int) -> int:
    """Memory, in bytes, that `sequence` takes of a model that is there, with so many new slots."""
    n = sequence.n_to_prefill
    return (
        kv_cache_bytes(config, sequence.max_len, slots, dtype_bytes)
        + prefill_bytes(config, n, min(n, PREFILL_CHUNK), dtype_bytes)
        + sampling_bytes(config, len(sequence.options))
    )


def check_fits(
    config: GPTConfig,
    sequence: Sequence | None,
    limit: int,
    work_bytes: int = 0,
    dtype_bytes: int = FP32_BYTES,
) -> None:
    """Raises ConfigError('memory') for what would not fit into `limit` bytes if it were alone; its work
    takes `work_bytes` besides the model."""
    check_memory(config, limit, lambda shape: need_bytes(shape, sequence, dtype_bytes) + work_bytes)


def check_request(request: Request, sequence: Sequence | None, work_bytes: int, limit: int) -> None:
    """Raises ConfigError('memory') for a request that would not fit into `limit` bytes if it were alone;
    its work takes `work_bytes` besides the model."""
    if isinstance(request, TrainRequest):
        check_trains(request, limit)
    else:
        check_fits(request.config, sequence, limit, work_bytes, request.model.dtype_bytes)


def check_trains(request: TrainRequest, limit: int) -> None:
    """Raises ConfigError('memory') for a planned run that would not fit into `limit` bytes."""
    check_memory(request.config, limit, lambda shape: training_bytes(shape, request.batch_size))


def check_dtype(model: BuildRequest, device: torch.device) -> None:
    """Raises ConfigError for a number format that is not offered where `model` is to be built, which is
    `device` unless it names another."""
    offered = offered_dtypes(torch.device(model.device) if model.device else device)
    if model.dtype not in offered:
        raise ConfigError("dtype_here", "dtype", model.dtype, allowed=", ".join(offered))
