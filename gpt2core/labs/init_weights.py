"""What init has done: the built weights against what they should be."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gpt2core.counting.parameters import TABLE, TensorRow
from gpt2core.engine.job import Checkpoint
from gpt2core.model.gpt import GPT, init_std
from gpt2core.serving.messages.lab_results import WeightStatistics

_BINS, _SIGMAS = 41, 4.0  # of the histogram: so many bins, up to so many target deviations each way
_SAMPLE = 2**20  # numbers that a histogram is made of


@torch.inference_mode()
def weights(model: GPT, checkpoint: Checkpoint = lambda: None) -> list[WeightStatistics]:
    """For each row of the table of tensors that this model has: how many numbers, their mean and standard
    deviation (over all blocks), the target, and for random ones a histogram (density per bin of the first
    2^20 numbers, between -4 and 4 target deviations)."""
    named = dict(model.named_parameters())
    found = []
    for row in TABLE:
        names = [row.name.format(i=i) for i in range(model.config.n_layer)] if row.per_block else [row.name]
        tensors = [named[name] for name in names if name in named]
        if tensors:
            found.append(_statistics(row, tensors, init_std(names[0], model.config), checkpoint))
    return found


def _statistics(
    row: TensorRow, tensors: Sequence[Tensor], target_std: float, checkpoint: Checkpoint
) -> WeightStatistics:
    n = sum(t.numel() for t in tensors)
    # In pieces: of a whole matrix a float64 copy would be twice its size, which nobody has reserved.
    pieces = [piece for t in tensors for piece in torch.split(t.view(-1), _SAMPLE)]
    total = squares = 0.0
    for piece in pieces:
        checkpoint()
        total += float(piece.sum(dtype=torch.float64))
        squares += float(piece.double().pow(2).sum())
    mean, square = total / n, squares / n
    starts_at_one = not target_std and row.name.endswith(".weight")
    return {
        "name": row.name,
        "component": row.component,
        "count": n,
        "mean": mean,
        "std": max(0.0, square - mean * mean) ** 0.5,
        "target_mean": 1.0 if starts_at_one else 0.0,
        "target_std": target_std,
        "histogram": _histogram(tensors, _SIGMAS * target_std) if target_std else [],
        "reach": _SIGMAS * target_std,
    }


def _histogram(tensors: Sequence[Tensor], reach: float) -> list[float]:
    sample = torch.cat([t.view(-1)[:_SAMPLE] for t in tensors[:4]])[:_SAMPLE].float().cpu()
    bins: list[float] = (sample.histc(_BINS, -reach, reach) / sample.numel()).tolist()
    return bins
