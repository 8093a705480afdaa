"""Weight tying, proved on memory: two names for one matrix, or two matrices."""

from __future__ import annotations

from dataclasses import replace

import torch

from gpt2core.config import GPTConfig
from gpt2core.engine.job import Checkpoint
from gpt2core.labs.building import built_in_parts
from gpt2core.serving.messages.lab_results import TiedPair, TyingResult


def smallest_with(config: GPTConfig) -> GPTConfig:
    """`config`'s embedding and output matrix with as little else as possible: one block, one position.
    Tying is between these two alone, and a model that is shared must not be written to."""
    return replace(config, n_layer=1, n_head=1, block_size=1)


@torch.inference_mode()
def tying(
    config: GPTConfig, seed: int, device: str | None, dtype: torch.dtype = torch.float32,
    checkpoint: Checkpoint = lambda: None,
) -> TyingResult:  # fmt: skip
    """Addresses of wte.weight and lm_head.weight, and what a change of the one does to the other: for the
    tied model (`tied`) and for the untied one (`untied`)."""
    smallest = smallest_with(config)
    return {
        "lab": "tying",
        "tied": _pair(replace(smallest, tie_weights=True), seed, device, dtype, checkpoint),
        "untied": _pair(replace(smallest, tie_weights=False), seed, device, dtype, checkpoint),
    }


def _pair(
    config: GPTConfig, seed: int, device: str | None, dtype: torch.dtype, checkpoint: Checkpoint
) -> TiedPair:
    model = built_in_parts(config, seed, device, dtype, checkpoint).model
    wte, lm_head = model.wte.weight, model.lm_head.weight
    before = float(lm_head[0, 0])
    wte[0, 0] = 1.0
    return {
        "wte_address": hex(wte.data_ptr()), "lm_head_address": hex(lm_head.data_ptr()),
        "before": before, "written": 1.0, "after": float(lm_head[0, 0]),
        "matrix_bytes": wte.nbytes, "unique_total": sum(p.numel() for p in model.parameters()),
    }  # fmt: skip
