"""How unevenly jobs may lie on engines, so that a model is in few memories and nobody is idle."""

from __future__ import annotations

import math

# How far a replica may be above the average (Mirrokni, Thorup and Zadimoghaddam 2018: 1 + epsilon), and how
# many jobs are too few to load a model elsewhere for: up to so many rows a step takes hardly longer.
_ABOVE_AVERAGE, _FEW = 1.25, 8


def bound(jobs: list[int]) -> int:
    """How many jobs a replica may have before the next one is preferred, `jobs` being those of all."""
    average = (sum(jobs) + 1) / max(1, len(jobs))
    return max(_FEW, math.ceil(_ABOVE_AVERAGE * average))
