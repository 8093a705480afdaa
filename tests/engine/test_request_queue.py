"""The line: turns, replacements, ceilings."""

from dataclasses import replace

import pytest
from conftest import TINY

from gpt2core import ConfigError, GPTConfig
from gpt2core.config import SamplingOptions
from gpt2core.engine.batch import Sequence
from gpt2core.engine.request_queue import Job, RequestQueue, check_fits, need_bytes
from gpt2core.serving.messages import BuildRequest, Visitor

REQUEST = BuildRequest(TINY, 0)


def job(session=None, address="school"):
    return Job(REQUEST, Visitor(session, address), None)


def joined(line, *args):
    new = job(*args)
    line.join(new)
    return new


def test_first_come_first_served():
    line = RequestQueue()
    jobs = [joined(line, str(n)) for n in range(5)]
    assert line.order() == jobs
    assert [j.place for j in jobs] == [1, 2, 3, 4, 5]
    line.start(jobs[0], resident=None)
    assert [j.place for j in jobs] == [None, 1, 2, 3, 4]
    assert all(j.changed.is_set() for j in jobs)


def test_a_visitor_has_one_running_and_one_waiting():
    line = RequestQueue()
    first = joined(line, "a")
    line.start(first, resident=None)
    second = joined(line, "a")
    assert not line.may_start(second)
    third = joined(line, "a")
    assert second.ended.is_set()
    assert second.error.code == "replaced"
    assert line.waiting == [third]
    line.end(first)
    assert line.may_start(third)


def test_without_a_session_every_job_is_a_visitor_of_its_own():
    line = RequestQueue()
    jobs = [joined(line, None) for _ in range(3)]
    line.start(jobs[0], resident=None)
    assert line.waiting == jobs[1:]
    assert line.may_start(jobs[1])


def test_addresses_take_turns():
    line = RequestQueue()
    flood = [joined(line, None, "flood") for _ in range(6)]
    for each in flood[:2]:
        line.start(each, resident=None)
    honest = [joined(line, str(n), "school") for n in range(3)]
    assert line.order() == [honest[0], honest[1], flood[2], honest[2], *flood[3:]]


def test_too_many_are_refused(monkeypatch):
    monkeypatch.setattr(admission, "MAX_JOBS", 4)
    monkeypatch.setattr(admission, "MAX_JOBS_PER_ADDRESS", 3)
    line = RequestQueue()
    for n in range(3):
        joined(line, str(n), "school")
    with pytest.raises(ConfigError) as caught:
        joined(line, "9", "school")
    assert caught.value.code == "busy_address"
    joined(line, "2", "school")  # replaces its own
    joined(line, "x", "home")
    with pytest.raises(ConfigError) as caught:
        joined(line, "y", "elsewhere")
    assert caught.value.code == "busy"
    assert line.n_jobs == 4


def test_a_school_fits_under_its_ceiling():
    line = RequestQueue()
    for n in range(100):
        line.start(joined(line, str(n)), resident=None)
        joined(line, str(n))
    assert line.n_jobs == 200


def test_what_never_fits_is_refused_with_what_would():
    config = GPTConfig()
    sequence = Sequence([1] * 10, [SamplingOptions(max_new_tokens=50)], config)
    need = need_bytes(config, sequence)
    check_fits(config, sequence, need)
    with pytest.raises(ConfigError) as caught:
        check_fits(config, sequence, need - 1)
    assert caught.value.code == "memory"
    assert caught.value.params["need"] == need
    assert 0 < caught.value.params["fits"] < 12


@pytest.mark.parametrize("rows", [1, 32])
def test_what_is_offered_instead_fits(rows):
    config = GPTConfig()
    sequence = Sequence([1] * 10, [SamplingOptions(max_new_tokens=900)] * rows, config)
    limit = need_bytes(config, sequence) // 2
    with pytest.raises(ConfigError) as caught:
        check_fits(config, sequence, limit)
    offered = caught.value.params["fits"]
    check_fits(replace(config, n_layer=offered), sequence, limit)
    with pytest.raises(ConfigError):
        check_fits(replace(config, n_layer=offered + 1), sequence, limit)
