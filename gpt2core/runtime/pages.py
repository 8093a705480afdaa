"""Memory straight from the system, beside the heap: zeros, of which only what is touched is ever taken."""

from __future__ import annotations

import math
import mmap
from collections.abc import Sequence
from contextlib import suppress

import torch
from torch import Tensor


def zeros(shape: Sequence[int], dtype: torch.dtype, *, large: bool = False) -> Tensor:
    """On the CPU. It goes back to the system when it is dropped. `large` asks for large pages, which are
    read faster: for what is going to be touched altogether."""
    pages = mmap.mmap(-1, math.prod(shape) * dtype.itemsize)
    with suppress(AttributeError, OSError):  # a system that has none
        if large:
            pages.madvise(mmap.MADV_HUGEPAGE)
    return torch.frombuffer(pages, dtype=dtype).view(list(shape))
