"""One model's turn on the device: chunks of the newcomers' prompts first, then some decoding steps."""

from __future__ import annotations

import time
from collections.abc import Callable

from gpt2core.engine.batch import Batch

# How long newcomers' prefills may hold up those who decode: a little, and more for a whole class.
_PREFILL_SECONDS, _EACH_PREFILL_SECONDS, _MOST_PREFILL_SECONDS = 0.2, 0.03, 1.5
_DECODE_SECONDS = 0.05  # how long one model's steps may take before it is the other models' turn


def take_turn(batch: Batch, admit: Callable[[], None], jobs_wait: Callable[[], bool]) -> None:
    """`admit` is called between two chunks: who has come meanwhile is prefilled with the rest. Decoding
    ends early where a sequence has ended or `jobs_wait`."""
    patience = min(_PREFILL_SECONDS + _EACH_PREFILL_SECONDS * batch.n_prefills, _MOST_PREFILL_SECONDS)
    begin = time.monotonic()
    while batch.prefill() and time.monotonic() - begin < patience:
        admit()
    begin, n_sequences = time.monotonic(), len(batch.sequences)
    while batch.decode() and len(batch.sequences) == n_sequences and not jobs_wait():
        if time.monotonic() - begin > _DECODE_SECONDS:
            return
