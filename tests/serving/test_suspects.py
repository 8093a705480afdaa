"""Who ends the engine's process, and who only happened to be there."""

from __future__ import annotations

import pytest
from submitting import Clock

from gpt2core.serving.backoff import Backoff
from gpt2core.serving.suspects import Suspects


def goes_on(suspects: Suspects, clock: Clock, jobs: set[int]) -> None:
    """These have a token more, and go on for long enough."""
    for job in jobs:
        suspects.progressed(job)
    clock.seconds += 3.0
    suspects.look()


@pytest.mark.parametrize("killer", [0, 7, 15, 29])
def test_one_among_thirty_is_found_in_few_deaths_and_alone(killer: int) -> None:
    clock = Clock()
    suspects, jobs, deaths = Suspects(clock), set(range(30)), 0
    while True:
        running = {job for job in jobs if suspects.may_run(job)}
        assert running, "somebody may always run"
        if killer not in running:
            goes_on(suspects, clock, running)
            continue
        deaths += 1
        assert deaths < 15
        convicted = suspects.died(running)
        if convicted is not None:
            break
    assert convicted == killer
    assert all(suspects.may_run(job) for job in jobs), "nobody is held back after it"


def test_kills_from_outside_convict_nobody_who_goes_on_in_between() -> None:
    clock = Clock()
    suspects, jobs = Suspects(clock), {1, 2, 3}
    for _ in range(20):
        assert all(suspects.may_run(job) for job in jobs)
        goes_on(suspects, clock, jobs)
        assert suspects.died(jobs) is None


def test_who_has_not_begun_is_suspected_last() -> None:
    suspects = Suspects(Clock())
    for _ in range(2):
        assert suspects.died({1, 2, 3}, in_line={2, 3}) is None
    assert suspects.may_run(1)
    assert not suspects.may_run(2), "until the one that had begun is cleared"


def test_who_waits_for_a_trial_may_run_when_it_takes_too_long() -> None:
    clock = Clock()
    suspects = Suspects(clock)
    for _ in range(2):
        suspects.died({1, 2})
    assert not suspects.may_run(2)
    assert not suspects.may_run(9), "a newcomer waits as well"
    for _ in range(2):
        clock.seconds += 100.0
        assert suspects.look()
    assert all(suspects.may_run(job) for job in (1, 2, 9))


def test_a_suspect_that_leaves_keeps_nobody_waiting() -> None:
    suspects = Suspects(Clock())
    for _ in range(2):
        suspects.died({1, 2})
    suspects.ended(1)
    assert suspects.look()
    assert suspects.may_run(2)
    suspects.ended(2)
    assert suspects.look()
    assert suspects.may_run(3)


def test_what_fails_again_and_again_is_started_ever_later_and_then_given_up_on() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    waits = [backoff.ended(failed=True) for _ in range(9)]
    assert waits == sorted(waits)
    assert waits[0] == 0.2
    assert waits[-1] == 10.0
    assert (backoff.hopeless, backoff.over) == (True, False)
    clock.seconds = 10.0
    assert backoff.over
    assert backoff.ended(failed=False) == 0.2, "it had worked in between"
    assert (backoff.hopeless, backoff.over) == (False, False)
