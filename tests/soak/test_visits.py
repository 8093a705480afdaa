"""Long proofs, run by `pytest tests/soak`."""

from __future__ import annotations

import pytest
from visits import visit_at_random

from gpt2core.engine.scheduler import Scheduler


@pytest.mark.parametrize("seed", range(10))
def test_threads_submit_and_cancel_at_random(serving: Scheduler, seed: int) -> None:
    visit_at_random(serving, 200, seed)
