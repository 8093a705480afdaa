"""Runs of training in the engine: shared by all who watch, in slices beside others' tokens."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import torch
from eventually import eventually
from shapes import TINY
from submitting import code_of, ended, sequence_of, speak

from gpt2core import ConfigError
from gpt2core.engine.job import Job
from gpt2core.engine.loading import check_weights
from gpt2core.engine.scheduler import Scheduler
from gpt2core.model.checkpoint import checkpoint_from_bytes
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import BuildRequest, Snapshot, TrainRequest, Visitor
from gpt2core.training.run import Run, planned

SMALL = {"n_layer": 1, "n_head": 2, "n_embd": 32, "block_size": 32, "vocab_size": 256}
ENDLESS = 100_000  # steps that nobody waits for


def request(**more: object) -> TrainRequest:
    return planned(TrainRequest.parse(SMALL | {"source": "sums", "steps": 10, "batch_size": 8} | more))


@pytest.fixture
def engine() -> Iterator[Scheduler]:
    scheduler = Scheduler(2**31, "cpu", make_training=Run, settings=Settings(max_job_seconds=120))
    yield scheduler
    scheduler.close(0)


def step_of(job: Job) -> int:
    return job.told()["step"] if job.told else -1


def weights_of(snapshot: Snapshot) -> list[torch.Tensor]:
    return list(checkpoint_from_bytes(snapshot.weights, snapshot.request.config).parameters())


def test_all_who_ask_for_a_run_watch_the_same_one(engine: Scheduler) -> None:
    began: list[str] = []
    real = engine.trainings.make
    assert real is not None
    engine.trainings.make = lambda request, *rest: began.append(request.name) or real(request, *rest)  # type: ignore[func-returns-value]
    jobs = [engine.submit(request(), visitor=Visitor(f"v{n}", f"10.0.0.{n}")) for n in range(5)]
    events = [ended(job).told() for job in jobs]  # type: ignore[misc]
    assert began == [request().name]
    assert all(event == events[0] for event in events)
    assert events[0]["done"]
    # Found again, and not computed.
    again = ended(engine.submit(request()))
    assert again.told is not None
    assert again.told() == events[0]
    assert began == [request().name]


def test_what_was_learnt_can_be_asked_for_by_the_runs_name(engine: Scheduler) -> None:
    told = ended(engine.submit(request())).told()  # type: ignore[misc]
    model = BuildRequest(request().config, 0, weights=told["run"])
    built = ended(engine.submit(model)).built
    assert built is not None
    snapshot = engine.store.newest(told["run"])
    assert snapshot is not None
    assert all(map(torch.equal, built.model.parameters(), weights_of(snapshot)))
    random = ended(engine.submit(BuildRequest(request().config, 0))).built
    assert random is not None
    assert not torch.equal(random.model.wte.weight, built.model.wte.weight)


def test_a_run_that_nobody_watches_ends_and_keeps_what_it_has_learnt(engine: Scheduler) -> None:
    one, other = (engine.submit(request(steps=ENDLESS), visitor=Visitor(name)) for name in "ab")
    eventually(lambda: step_of(one) > 2 and step_of(other) > 2)
    engine.cancel(one)
    ended(one)
    before = step_of(other)
    eventually(lambda: step_of(other) > before + 2)
    engine.cancel(other)
    ended(other)
    eventually(lambda: not engine.trainings.active)
    kept = engine.store.newest(request(steps=ENDLESS).name)
    assert kept is not None
    assert kept.step > before
    assert engine.store.named(kept.name) is kept
    with pytest.raises(ConfigError) as refused:
        check_weights(BuildRequest(kept.request.config, 0, weights=kept.run), engine.store)
    assert refused.value.code == "unfinished_run"
    assert refused.value.params["found"] == kept.name
    # Whoever asks again goes on from there.
    third = engine.submit(request(steps=ENDLESS))
    eventually(lambda: step_of(third) > kept.step)
    assert third.told is not None
    assert third.told()["validation"]["steps"][0] == 0
    engine.cancel(third)


def test_one_run_at_a_time_the_next_waits_in_line(engine: Scheduler) -> None:
    first = engine.submit(request(steps=ENDLESS), visitor=Visitor("a"))
    eventually(lambda: step_of(first) > 0)
    second = engine.submit(request(), visitor=Visitor("b"))
    eventually(lambda: second.position == 1)
    assert second.told is None
    engine.cancel(first)
    assert code_of(ended(second)) is None
    assert second.told is not None


def test_a_visitor_generates_while_watching(engine: Scheduler) -> None:
    watching = engine.submit(request(steps=ENDLESS), visitor=Visitor("a"))
    eventually(lambda: step_of(watching) > 0)
    text = ended(engine.submit(speak(TINY), [1, 2, 3], Visitor("a")))
    assert sequence_of(text).finished
    engine.cancel(watching)


def test_who_closes_in_the_middle_of_a_slice_does_not_wait_for_an_idle_look(engine: Scheduler) -> None:
    watching = engine.submit(request(steps=ENDLESS), visitor=Visitor("a"))
    eventually(lambda: step_of(watching) > 0)
    begin = time.monotonic()
    engine.close(0)
    assert time.monotonic() - begin < 3
    assert watching.ended.is_set()


def test_a_run_that_cannot_be_ends_in_its_reason(engine: Scheduler) -> None:
    short = ended(engine.submit(request(source="text", text="short")))
    assert code_of(short) == "text_short"
    with pytest.raises(ConfigError) as refused:
        engine.submit(planned(TrainRequest.parse({"n_layer": 100, "n_embd": 12 * 512, "steps": 1})))
    assert refused.value.code == "memory"
    assert code_of(ended(engine.submit(request()))) is None


def test_what_is_forgotten_is_gone(engine: Scheduler) -> None:
    text = "the cat sat on the mat and the dog on the rug, " * 20
    asked = engine.store.with_text(request(source="text", text=text))
    told = ended(engine.submit(asked)).told()  # type: ignore[misc]
    model = BuildRequest(asked.config, 0, weights=told["run"])
    assert ended(engine.submit(model)).built is not None
    again = engine.store.with_text(request(source=asked.source))
    assert again.text == text
    engine.forget(asked.source)
    with pytest.raises(ConfigError) as gone:
        engine.store.with_text(request(source=asked.source))
    assert gone.value.code == "text_gone"
    with pytest.raises(ConfigError) as unknown:
        check_weights(model, engine.store)
    assert unknown.value.code == "unknown_run"
    assert engine.pool.get(model) is None
    everything = [*engine.trainings._steps_of.items()]
    assert not any(request.text for pair in everything for request in pair)
