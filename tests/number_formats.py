"""The number formats that this machine offers, for tests that need one of them."""

from __future__ import annotations

import pytest
import torch

from gpt2core.runtime.device import offered_dtypes

OFFERED = offered_dtypes(torch.device("cpu"))
needs_bfloat16 = pytest.mark.skipif(
    "bfloat16" not in OFFERED, reason="this CPU has no instructions for bfloat16"
)
