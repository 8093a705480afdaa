"""Rows of ids as the tensors that a pass takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gpt2core.training.passes import NOT_COUNTED
from gpt2core.training.sources import Row


@dataclass(frozen=True, slots=True)
class Batch:
    """Ids and what is to follow each of them, (B, T), and how many of those count."""

    idx: Tensor
    targets: Tensor
    n_counted: int


def batch_of(rows: Sequence[Row], device: torch.device) -> Batch:
    """Rows side by side, the shorter ones filled up with what does not count."""
    longest = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.int64)
    wanted = torch.full((len(rows), longest), NOT_COUNTED, dtype=torch.int64)
    for n, row in enumerate(rows):
        found = torch.tensor(row.ids)
        ids[n, : len(found)] = found
        wanted[n, : len(found)] = torch.where(torch.tensor(row.counted), found, NOT_COUNTED)
    targets = wanted[:, 1:].contiguous()
    n_counted = int((targets != NOT_COUNTED).sum())
    return Batch(ids[:, :-1].contiguous().to(device), targets.to(device), n_counted)
