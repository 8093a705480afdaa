"""Of one model's rows nobody has more than half of the engine's time while others wait."""

from __future__ import annotations

from collections import Counter

from eventually import eventually
from shapes import TINY
from submitting import alone, ended, sequence_of, speak

from gpt2core import GPTConfig, build
from gpt2core.config import SamplingOptions
from gpt2core.engine.batch import Batch
from gpt2core.engine.scheduler import Scheduler
from gpt2core.engine.sequence import Sequence
from gpt2core.model.generation import generate
from gpt2core.serving.messages import Visitor

# Wide enough that many rows take longer than few.
HEAVY = GPTConfig(4, 4, 256, 4096, 300)


def test_a_step_may_be_of_some_of_the_rows_only() -> None:
    """Whoever sits a step out, wherever their slots are, gets the tokens they would get alone."""
    model = build(TINY, seed=5, device="cpu").model
    batch = Batch(model)
    sequences = [
        Sequence(
            [1 + n, 2], [SamplingOptions(1.0, max_new_tokens=20 + n, seed=n)], TINY, owner="abc"[n % 3]
        )
        for n in range(7)
    ]
    for sequence in sequences:
        batch.add(sequence)
    while batch.prefill():
        pass
    assert batch.rows_by_owner == Counter(a=3, b=2, c=2)
    for step in range(200):
        owners = [None, "a", "c", "bc", "b"][step % 5]
        before = {s: s.n_generated for s in sequences}
        batch.decode(owners)
        for s in sequences:
            goes_on = (owners is None or s.owner in owners) and before[s] < s.max_new_tokens
            assert s.n_generated == before[s] + goes_on
    for n, s in enumerate(sequences):
        steps = generate(model, s.ids, 20 + n, 1.0, seed=n)
        assert s.tokens[0] == [step.token_id for step in steps]


def test_who_has_most_of_the_rows_waits_for_the_others() -> None:
    s = Scheduler(2**31, "cpu")
    crowd = [
        s.submit(speak(HEAVY, max_new_tokens=4000, seed=0), [n + 1], Visitor(address="crowd"))
        for n in range(40)
    ]
    eventually(lambda: all(sequence_of(job).n_generated for job in crowd))
    guest = s.submit(speak(HEAVY, max_new_tokens=100), [1], Visitor(address="guest"))
    eventually(lambda: sequence_of(guest).n_generated)
    before = [sequence_of(job).n_generated for job in crowd]
    assert ended(guest, 60).error is None
    had = max(sequence_of(job).n_generated - n for job, n in zip(crowd, before, strict=True))
    assert had < 50, "the guest had two tokens for each of theirs at least"
    assert had > 0, "they go on, too"
    assert sequence_of(guest).tokens[0] == alone(speak(HEAVY, max_new_tokens=100), [1])
    s.close(0)
