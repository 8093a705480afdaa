"""Whoever has had less comes first: rows and memory are taken from those who have had more, and nobody's
text changes by it."""

from __future__ import annotations

import weakref

import pytest
from eventually import eventually
from shapes import WIDE
from submitting import alone, ended, sequence_of, speak

from gpt2core import GPTConfig
from gpt2core.engine import preemption
from gpt2core.engine.memory import need_bytes
from gpt2core.engine.scheduler import Scheduler
from gpt2core.engine.sequence import Sequence
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import BuildRequest, Visitor

HOG, GUEST = Visitor(address="hog"), Visitor(address="guest")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preemption, "_MARGIN_SECONDS", 0.05)


def test_rows_are_made_free_and_the_paused_text_goes_on_unchanged() -> None:
    s = Scheduler(2**30, "cpu", settings=Settings(max_rows=2))
    requests = [speak(WIDE, max_new_tokens=600, seed=n) for n in range(2)]
    hogs = [s.submit(request, [1], HOG) for request in requests]
    eventually(lambda: all(sequence_of(job).n_generated for job in hogs))
    guest = ended(s.submit(speak(WIDE, max_new_tokens=5), [2], GUEST))
    assert not any(job.ended.is_set() for job in hogs), "nobody waited for a row"
    assert sequence_of(guest).tokens[0] == alone(speak(WIDE, max_new_tokens=5), [2])
    for job, request in zip(hogs, requests, strict=True):
        assert sequence_of(ended(job, 120)).tokens[0] == alone(request, [1])
    assert any(job.n_pauses for job in hogs)
    assert s.counters.tokens_resumed > 0
    s.close(1)


def test_alone_an_address_has_all_rows() -> None:
    s = Scheduler(2**30, "cpu", settings=Settings(max_rows=4))
    jobs = [s.submit(speak(WIDE, max_new_tokens=200), [n], HOG) for n in range(1, 5)]
    eventually(lambda: all(sequence_of(job).n_generated for job in jobs))
    assert not any(ended(job).n_pauses for job in jobs)
    s.close(1)


def test_memory_is_made_free_and_the_model_comes_back() -> None:
    long = speak(WIDE, max_new_tokens=3000, seed=1)
    need = need_bytes(WIDE, Sequence([1], long.options, WIDE))
    s = Scheduler(need + need // 50, "cpu")
    hog = s.submit(long, [1], HOG)
    eventually(lambda: sequence_of(hog).n_generated)
    other = speak(WIDE, max_new_tokens=30, seed=9)
    other = type(other)(BuildRequest(WIDE, 9), "", other.sampling)
    guest = s.submit(other, [2], GUEST)
    assert sequence_of(ended(guest)).tokens[0] == alone(other, [2])
    assert not hog.ended.is_set()
    assert hog.n_pauses == 1
    paused_at = sequence_of(hog).n_generated
    eventually(lambda: sequence_of(hog).n_generated > paused_at)
    s.cancel(hog)
    s.close(1)


def test_who_is_paused_keeps_nothing_that_others_were_given() -> None:
    """It waited for half a minute with a model of 800 MB that the pool no longer counted."""
    wide = GPTConfig(8, 4, 512, 1024, 300)
    long = speak(wide, max_new_tokens=1000)
    need = need_bytes(wide, Sequence([1], long.options, wide))
    s = Scheduler(need + need // 50, "cpu")
    hog = s.submit(long, [1], HOG)
    eventually(lambda: sequence_of(hog).n_generated)
    model = weakref.ref(next(iter(s.pool)).built.model)
    guest = ended(s.submit(BuildRequest(wide, 9), visitor=GUEST))
    assert hog.n_pauses == 1
    eventually(lambda: model() is None)
    assert hog.report is not None, "its listener is told of it all the same"
    for job in (guest, hog):
        s.cancel(job)
    s.close(1)


def test_a_load_of_who_has_had_more_is_given_up_for_who_has_had_less(serving: Scheduler) -> None:
    huge = GPTConfig(8, 8, 1024, 64, 1000)
    serving.pool.limit_bytes = serving.limit_bytes = int(1.5 * need_bytes(huge, None))
    before = serving.submit(speak(WIDE, max_new_tokens=4000), [1], HOG)
    guest = serving.submit(speak(WIDE, max_new_tokens=4000), [1], GUEST)
    eventually(lambda: sequence_of(guest).n_generated)
    hog = serving.submit(BuildRequest(huge, 1), visitor=HOG)
    eventually(lambda: serving.loader.tasks)
    with serving._changed:
        serving.queue.fair.charge({"hog": 1}, 100.0)
    third = serving.submit(BuildRequest(huge, 2), visitor=Visitor(address="third"))
    assert ended(third).error is None
    assert hog.n_pauses == 1
    for job in (before, guest, third, hog):
        serving.cancel(job)


def test_who_lacks_memory_holds_up_nobody_who_needs_none() -> None:
    """Not even when its patience is over."""
    now = [0.0]
    s = Scheduler(
        need_bytes(WIDE, None) + 1000, "cpu", settings=Settings(max_job_seconds=99), now=lambda: now[0]
    )
    first = ended(s.submit(BuildRequest(WIDE, 1), visitor=HOG))
    second = s.submit(BuildRequest(WIDE, 2), visitor=HOG)
    now[0] = 50.0
    third = s.submit(BuildRequest(WIDE, 1), visitor=HOG)
    assert ended(third).error is None
    assert not second.ended.is_set()
    fourth = s.submit(BuildRequest(WIDE, 3), visitor=HOG)
    for job in (first, third):
        s.cancel(job)
    assert ended(second).error is None
    assert not fourth.ended.is_set(), "who wants the same waits behind it"
    s.close(1)


def test_models_of_one_address_do_not_get_more_turns_for_being_more() -> None:
    s = Scheduler(2**30, "cpu")
    hogs = [
        s.submit(type(r)(BuildRequest(WIDE, n), "", r.sampling), [1], HOG)
        for n, r in enumerate([speak(WIDE, max_new_tokens=4000)] * 6)
    ]
    eventually(lambda: all(sequence_of(job).n_generated > 5 for job in hogs))
    request = speak(WIDE, max_new_tokens=4000)
    guest = s.submit(type(request)(BuildRequest(WIDE, 99), "", request.sampling), [1], GUEST)
    eventually(lambda: sequence_of(guest).n_generated > 1)
    begun = [sequence_of(job).n_generated for job in (guest, *hogs)]
    eventually(lambda: sequence_of(guest).n_generated > begun[0] + 150)
    grown = [sequence_of(job).n_generated - n for job, n in zip((guest, *hogs), begun, strict=True)]
    assert sum(grown[1:]) < 2 * grown[0], grown
    for job in (guest, *hogs):
        s.cancel(job)
    s.close(1)
