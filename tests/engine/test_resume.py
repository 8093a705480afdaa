"""A text goes on from the tokens it has: in another process, or after it made room for others."""

from __future__ import annotations

import pytest
from shapes import TINY, WIDE
from submitting import alone, ended, sequence_of, speak

from gpt2core.config import SamplingOptions
from gpt2core.engine.scheduler import Scheduler
from gpt2core.serving.messages import BuildRequest, CompareRequest

REQUEST = speak(WIDE, max_new_tokens=40, temperature=0.5, seed=3)
IDS = [5, 6, 7]


@pytest.mark.parametrize("n", [1, 17, 39])
def test_the_rest_is_what_it_would_have_been(serving: Scheduler, n: int) -> None:
    whole = alone(REQUEST, IDS)
    before = serving.counters.tokens_generated
    job = ended(serving.submit(REQUEST, IDS, generated=[whole[:n]]))
    assert sequence_of(job).tokens[0] == whole
    assert serving.counters.tokens_generated - before == 40 - n, "what was there is not generated again"
    assert serving.counters.tokens_resumed == n


def test_each_row_goes_on_from_its_own(serving: Scheduler) -> None:
    request = CompareRequest(BuildRequest(TINY, 0), "", SamplingOptions(max_new_tokens=20, seed=4))
    whole = sequence_of(ended(serving.submit(request, [3, 4]))).tokens
    assert len({tuple(row) for row in whole}) > 1
    job = ended(serving.submit(request, [3, 4], generated=[row[:11] for row in whole]))
    assert sequence_of(job).tokens == whole


def test_the_stop_reason_and_the_end_of_the_context_hold(serving: Scheduler) -> None:
    request = speak(TINY, max_new_tokens=4000)
    whole = alone(request, IDS)
    assert len(whole) == TINY.block_size - 3
    job = ended(serving.submit(request, IDS, generated=[whole[:-1]]))
    assert sequence_of(job).tokens[0] == whole
    assert sequence_of(job).last_steps[0].stop_reason == "context_full"


@pytest.mark.parametrize("rows", [[[1], [2]], [[]] * 2, [[1] * 40]])
def test_what_cannot_have_been_generated_is_refused(serving: Scheduler, rows: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="tokens for"):
        serving.submit(REQUEST, IDS, generated=rows)


def test_a_finished_text_does_not_keep_the_logits_of_the_whole_batch(serving: Scheduler) -> None:
    requests = [speak(WIDE, max_new_tokens=8, temperature=0.1 * n) for n in range(16)]
    for job in [serving.submit(request, [1 + n]) for n, request in enumerate(requests)]:
        logits = sequence_of(ended(job)).last_steps[0].logits
        assert logits.untyped_storage().nbytes() == logits.nbytes
