"""One model's turn on the device: chunks of the newcomers' prompts first, then some decoding steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from gpt2core.engine.batch import Batch

# How long newcomers' prefills may hold up those who decode: a little, and more for a whole class.
_PREFILL_SECONDS, _EACH_PREFILL_SECONDS, _MOST_PREFILL_SECONDS = 0.2, 0.03, 1.5
_DECODE_SECONDS = 0.05  # how long one model's steps may take before it is the other models' turn


class Turns(Protocol):
    """What a turn asks and tells its scheduler."""

    def admit(self) -> None:
        """Between two chunks: who has come meanwhile is prefilled with the rest."""

    def jobs_wait(self) -> bool: ...

    def before_pass(self, batch: Batch) -> None: ...

    def after_pass(self, work: Mapping[str, int], seconds: float) -> None:
        """What a pass took, and for whom it was: tokens by owner."""

    def others_first(self, batch: Batch) -> bool:
        """Whether somebody who has had less than all of this batch waits for their turn."""
        ...

    def owners_now(self, batch: Batch) -> Collection[str] | None:
        """Whose rows the next step is for; None: everybody's."""
        ...

    def priority(self, owner: str) -> float:
        """Whose prompts come first: those of the least."""
        ...


def take_turn(batch: Batch, turns: Turns) -> None:
    """Decoding ends early where a sequence has ended or jobs wait."""

    def passed(compute: Callable[[], bool]) -> bool:
        turns.before_pass(batch)
        begin = time.monotonic()
        there_was_any = compute()
        turns.after_pass(batch.work, time.monotonic() - begin)
        return there_was_any

    patience = min(_PREFILL_SECONDS + _EACH_PREFILL_SECONDS * batch.n_prefills, _MOST_PREFILL_SECONDS)
    begin = time.monotonic()
    while passed(lambda: batch.prefill(priority=turns.priority)) and time.monotonic() - begin < patience:
        turns.admit()
        if turns.others_first(batch):
            return
    begin, n_sequences = time.monotonic(), len(batch.sequences)
    while passed(lambda: batch.decode(turns.owners_now(batch))):
        if len(batch.sequences) != n_sequences or turns.jobs_wait():
            return
        if time.monotonic() - begin > _DECODE_SECONDS:
            return
