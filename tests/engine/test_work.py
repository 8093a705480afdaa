"""What is done with a model besides decoding is a job like others: it waits in line, takes reserved memory,
and can be ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from eventually import eventually
from shapes import TINY, WIDE
from submitting import Clock, code_of, ended, sequence_of, speak

from gpt2core import BuiltModel, ConfigError
from gpt2core.engine.memory import need_bytes
from gpt2core.engine.scheduler import Scheduler
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import BuildRequest, LabRequest, Visitor

LAB = LabRequest(BuildRequest(TINY, 0), "weights")


@dataclass
class Patient:
    """Goes on until it is told to end."""

    n_bytes: int = 1000
    begun: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    parts: int = 0

    def __call__(self, built: BuiltModel, checkpoint: Callable[[], None]) -> object:
        self.begun.set()
        while not self.over.wait(0.005):
            checkpoint()
            self.parts += 1
        return built.config


def test_it_runs_and_gives_its_result(serving: Scheduler) -> None:
    work = Patient()
    job = serving.submit(LAB, work=work)
    assert work.begun.wait(30)
    assert job in serving.queue.running, "it is counted"
    assert sum(r.n_bytes for r in serving.pool.reservations) == 1000
    work.over.set()
    assert ended(job).result == TINY
    assert not serving.pool.reservations
    assert not serving.queue.running


def test_one_at_a_time_in_line(serving: Scheduler) -> None:
    first, second = Patient(), Patient()
    one, two = (serving.submit(LAB, work=work) for work in (first, second))
    assert first.begun.wait(30)
    eventually(lambda: two.position == 1)
    assert not second.begun.is_set()
    decoded = ended(serving.submit(speak(), [1]))
    assert decoded.error is None, "who decodes does not wait for it"
    for work, job in ((first, one), (second, two)):
        work.over.set()
        assert ended(job).error is None


def test_stop_reaches_it(serving: Scheduler) -> None:
    work = Patient()
    job = serving.submit(LAB, work=work)
    assert work.begun.wait(30)
    serving.cancel(job)
    ended(job, 5)
    assert not serving.pool.reservations
    again = Patient()
    again.over.set()
    assert ended(serving.submit(LAB, work=again)).result == TINY


def test_its_time_is_limited() -> None:
    clock = Clock()
    s = Scheduler(2**30, "cpu", settings=Settings(max_job_seconds=60), now=clock)
    work = Patient()
    job = s.submit(LAB, work=work)
    assert work.begun.wait(30)
    clock.seconds = 61.0
    s.submit(BuildRequest(TINY, 0))  # something happens, so it looks at the clock
    assert code_of(ended(job)) == "deadline"
    s.close(1)


def test_closing_waits_for_it_and_then_ends_it(serving: Scheduler) -> None:
    work = Patient()
    job = serving.submit(LAB, work=work)
    assert work.begun.wait(30)
    closing = threading.Thread(target=serving.close, args=[0.3])
    closing.start()
    closing.join(30)
    assert code_of(ended(job, 5)) == "closing"
    assert work.parts


def test_what_never_fits_is_refused_and_what_does_not_fit_now_waits() -> None:
    s = Scheduler(need_bytes(TINY, None) + 5000, "cpu")
    with pytest.raises(ConfigError) as caught:
        s.submit(LAB, work=Patient(n_bytes=6000))
    assert caught.value.code == "memory"
    s.close(1)


def test_a_failure_is_told_and_the_next_one_works(serving: Scheduler) -> None:
    class Fails(Patient):
        def __call__(self, built: BuiltModel, checkpoint: Callable[[], None]) -> object:
            raise ZeroDivisionError("a bug")

    assert code_of(ended(serving.submit(LAB, work=Fails()))) == "failed"
    work = Patient()
    work.over.set()
    assert ended(serving.submit(LAB, work=work)).error is None


def test_it_gives_way_to_who_has_had_less(serving: Scheduler) -> None:
    """While others decode, it goes on only as fast as its share."""
    guest = serving.submit(speak(WIDE, max_new_tokens=4000), [1], Visitor(address="guest"))
    eventually(lambda: sequence_of(guest).n_generated)
    work = Patient()
    job = serving.submit(LAB, work=work, visitor=Visitor(address="hog"))
    assert work.begun.wait(30)
    with serving._changed:
        serving.queue.fair.charge({"hog": 1}, 1000.0)
    eventually(lambda: sequence_of(guest).n_generated > 50)
    stood = work.parts
    begun = sequence_of(guest).n_generated
    eventually(lambda: sequence_of(guest).n_generated > begun + 50)
    assert work.parts <= stood + 1
    serving.cancel(guest)
    eventually(lambda: work.parts > stood + 1)
    serving.cancel(job)
