"""What init has done: the built weights against what they should be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gpt2core.model import GPT, init_std
from gpt2core.parameters import TABLE

_BINS, _SIGMAS = 41, 4.0  # of the histogram: so many bins, up to so many target deviations each way
_SAMPLE = 2**20  # numbers that a histogram is made of


@torch.inference_mode()
def weights(model: GPT) -> list[dict[str, Any]]:
    """For each row of the table of tensors that this model has: how many numbers, their mean and standard
    deviation (over all blocks), the target, and for random ones a histogram (density per bin of the first
    2^20 numbers, between -4 and 4 target deviations)."""
    named = dict(model.named_parameters())
    found = []
    for row in TABLE:
        names = [row.name.format(i=i) for i in range(model.config.n_layer)] if row.per_block else [row.name]
        tensors = [named[name] for name in names if name in named]
        if tensors:
            found.append({"name": row.name, "component": row.component, **_figures(tensors)}
                         | _target(row.name, tensors, init_std(names[0], model.config)))  # fmt: skip
    return found


def _figures(tensors: Sequence[Tensor]) -> dict[str, Any]:
    n = sum(t.numel() for t in tensors)
    # In pieces: of a whole matrix a float64 copy would be twice its size, which nobody has reserved.
    pieces = [piece for t in tensors for piece in torch.split(t.view(-1), _SAMPLE)]
    mean = sum(float(piece.sum(dtype=torch.float64)) for piece in pieces) / n
    square = sum(float(piece.double().pow(2).sum()) for piece in pieces) / n
    return {"count": n, "mean": mean, "std": max(0.0, square - mean * mean) ** 0.5}


def _target(name: str, tensors: Sequence[Tensor], std: float) -> dict[str, Any]:
    if not std:
        return {"target_mean": 1.0 if name.endswith(".weight") else 0.0, "target_std": 0.0, "histogram": []}
    sample = torch.cat([t.view(-1)[:_SAMPLE] for t in tensors[:4]])[:_SAMPLE].float().cpu()
    reach = _SIGMAS * std
    bins = sample.histc(_BINS, -reach, reach) / sample.numel()
    return {"target_mean": 0.0, "target_std": std, "histogram": bins.tolist(), "reach": reach}
