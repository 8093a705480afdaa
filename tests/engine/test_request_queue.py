"""Who waits: turns, replacements, ceilings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shapes import TINY
from submitting import Clock, code_of

from gpt2core import BuiltModel, ConfigError, GPTConfig
from gpt2core.config import SamplingOptions
from gpt2core.engine.job import Job
from gpt2core.engine.memory import check_fits, need_bytes
from gpt2core.engine.model_pool import LoadedModel
from gpt2core.engine.request_queue import RequestQueue
from gpt2core.engine.sequence import Sequence
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import BuildRequest, Visitor


@pytest.fixture
def queue() -> RequestQueue:
    return RequestQueue(Settings(), Clock())


@pytest.fixture
def loaded(tiny: BuiltModel) -> LoadedModel:
    return LoadedModel(tiny, pack=False)


def added(queue: RequestQueue, session: str | None = None, address: str = "school") -> Job:
    job = Job(BuildRequest(TINY, 0), Visitor(session, address), None, asked=0.0)
    queue.add(job)
    return job


def test_first_come_first_served(queue: RequestQueue, loaded: LoadedModel) -> None:
    jobs = [added(queue, str(n)) for n in range(5)]
    assert queue.order() == jobs
    assert [j.position for j in jobs] == [1, 2, 3, 4, 5]
    queue.start(jobs[0], loaded)
    assert queue.tell_positions() is None
    assert [j.position for j in jobs] == [None, 1, 2, 3, 4]
    assert all(j.changed.is_set() for j in jobs[1:])


def test_places_in_line_are_told_now_and_then(loaded: LoadedModel) -> None:
    clock = Clock()
    queue = RequestQueue(Settings(), clock)
    jobs = [added(queue, str(n)) for n in range(5)]
    queue.tell_positions()
    for gone in jobs[:3]:
        queue.start(gone, loaded)
    assert queue.tell_positions() == pytest.approx(0.25)
    assert not any(j.changed.is_set() for j in jobs[3:])
    newest = added(queue, "new")
    assert newest.position == 3  # who comes is told at once
    clock.seconds += 0.3
    assert queue.tell_positions() is None
    assert [j.position for j in [*jobs[3:], newest]] == [1, 2, 3]
    assert all(j.changed.is_set() for j in jobs[3:])
    assert not newest.changed.is_set()  # it knows


def test_a_visitor_has_one_running_and_one_waiting(queue: RequestQueue, loaded: LoadedModel) -> None:
    first = added(queue, "a")
    queue.start(first, loaded)
    second = added(queue, "a")
    assert not queue.may_start(second)
    third = added(queue, "a")
    assert second.ended.is_set()
    assert code_of(second) == "replaced"
    assert queue.waiting == [third]
    queue.end(first)
    assert queue.may_start(third)


def test_without_a_session_every_job_is_a_visitor_of_its_own(
    queue: RequestQueue, loaded: LoadedModel
) -> None:
    jobs = [added(queue, None) for _ in range(3)]
    queue.start(jobs[0], loaded)
    assert queue.waiting == jobs[1:]
    assert queue.may_start(jobs[1])


def test_addresses_take_turns(queue: RequestQueue, loaded: LoadedModel) -> None:
    flood = [added(queue, None, "flood") for _ in range(6)]
    for each in flood[:2]:
        queue.start(each, loaded)
    honest = [added(queue, str(n), "school") for n in range(3)]
    assert queue.order() == [honest[0], honest[1], flood[2], honest[2], *flood[3:]]


def test_too_many_are_refused() -> None:
    queue = RequestQueue(Settings(max_jobs=4, max_jobs_per_address=3), Clock())
    for n in range(3):
        added(queue, str(n), "school")
    with pytest.raises(ConfigError) as caught:
        added(queue, "9", "school")
    assert caught.value.code == "busy_address"
    added(queue, "2", "school")  # replaces its own
    added(queue, "x", "home")
    with pytest.raises(ConfigError) as caught:
        added(queue, "y", "elsewhere")
    assert caught.value.code == "busy"
    assert queue.n_jobs == 4


def test_a_school_fits_under_its_ceiling(queue: RequestQueue, loaded: LoadedModel) -> None:
    for n in range(100):
        queue.start(added(queue, str(n)), loaded)
        added(queue, str(n))
    assert queue.n_jobs == 200


def test_a_job_that_starts_has_its_time_from_then_on(loaded: LoadedModel) -> None:
    """The deadline of what runs does not count the wait."""
    clock = Clock()
    queue = RequestQueue(Settings(), clock)
    job = added(queue)
    clock.seconds = 7.0
    queue.start(job, loaded)
    assert job.asked == 7.0


def test_what_never_fits_is_refused_with_what_would() -> None:
    config = GPTConfig()
    sequence = Sequence([1] * 10, [SamplingOptions(max_new_tokens=50)], config)
    need = need_bytes(config, sequence)
    check_fits(config, sequence, need)
    with pytest.raises(ConfigError) as caught:
        check_fits(config, sequence, need - 1)
    assert caught.value.code == "memory"
    assert caught.value.params["need"] == need
    assert 0 < int(caught.value.params["fits"]) < 12


@pytest.mark.parametrize("rows", [1, 32])
def test_what_is_offered_instead_fits(rows: int) -> None:
    config = GPTConfig()
    sequence = Sequence([1] * 10, [SamplingOptions(max_new_tokens=900)] * rows, config)
    limit = need_bytes(config, sequence) // 2
    with pytest.raises(ConfigError) as caught:
        check_fits(config, sequence, limit)
    offered = int(caught.value.params["fits"])
    check_fits(replace(config, n_layer=offered), sequence, limit)
    with pytest.raises(ConfigError):
        check_fits(replace(config, n_layer=offered + 1), sequence, limit)
