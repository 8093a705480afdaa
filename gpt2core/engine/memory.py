"""What a job takes, in bytes, and whether it could ever fit: asked before anything is allocated."""

from __future__ import annotations

from gpt2core.config import GPTConfig
from gpt2core.counting.footprint import check_memory, packed_bytes, run_bytes, weight_bytes
from gpt2core.engine.sequence import Sequence
from gpt2core.serving.messages import PREFILL_CHUNK

_WARM_TOKENS = 128  # as long a text as most are


def ahead_bytes() -> int:
    """What is worth having ready for the next model: GPT-2 Small is built first, and most often."""
    return run_bytes(GPTConfig(), _WARM_TOKENS) + packed_bytes(GPTConfig())


def need_bytes(config: GPTConfig, sequence: Sequence | None) -> int:
    """Memory, in bytes, that a job takes when nothing of it is there yet."""
    if sequence is None:
        return weight_bytes(config)
    n, rows = sequence.n_to_prefill, len(sequence.options)
    return run_bytes(
        config, sequence.max_len, rows=rows, fresh=False, n_prompt=n, n_chunk=min(n, PREFILL_CHUNK)
    )


def check_fits(config: GPTConfig, sequence: Sequence | None, limit: int, work_bytes: int = 0) -> None:
    """Raises ConfigError('memory') for what would not fit into `limit` bytes if it were alone; its work
    takes `work_bytes` besides the model."""
    check_memory(config, limit, lambda shape: need_bytes(shape, sequence) + work_bytes)
