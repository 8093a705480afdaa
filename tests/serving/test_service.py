"""A request in, events out."""

from __future__ import annotations

import time
from dataclasses import asdict
from itertools import islice, pairwise
from typing import Any, cast

import pytest
from eventually import eventually
from shapes import TINY

from gpt2core import GPTConfig, count_parameters
from gpt2core.engine.request_queue import RequestQueue
from gpt2core.engine.run_store import RunStore
from gpt2core.serving import job_events, service
from gpt2core.serving.detokenizer import TOP_TOKENS
from gpt2core.serving.messages import (
    BuildRequest,
    CompareRequest,
    GenerateRequest,
    Request,
    TrainRequest,
)

SHAPE = asdict(TINY)


# ids of this text are below TINY's vocabulary of 400
VALUES = SHAPE | {"seed": 1, "prompt": "on on", "max_new_tokens": 9}
ENDLESS = {"max_new_tokens": 60_000, "block_size": 60_000}


def speak(**more: object) -> GenerateRequest:
    return GenerateRequest.parse(VALUES | more)


def events_of(request: Request) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], list(service.run(request)))


def test_a_build_ends_with_counts_that_agree() -> None:
    *progress, result = events_of(BuildRequest.parse(SHAPE))
    assert {event["stage"] for event in progress} <= {"wait", "build", "count"}
    assert result["stage"] == "built"
    assert result["done"]
    assert result["agrees"]
    assert result["unique_total"] == count_parameters(TINY).unique_total
    assert result["config"] == SHAPE


def test_a_text_streams_and_ends() -> None:
    events = [e for e in events_of(speak()) if e["stage"] == "generate"]
    assert [e["done"] for e in events] == [False] * (len(events) - 1) + [True]
    last = events[-1]
    assert last["n_tokens"] == len(last["tokens"]) == 9
    assert last["stop_reason"] == "length"
    top = last["distribution"]
    assert len(top["before"]) == len(top["after"]) == len(top["labels"]) == TOP_TOKENS
    assert top["before"] == sorted(top["before"], reverse=True)


def test_greedy_shows_one_certain_token() -> None:
    *_, last = events_of(speak(temperature=0))
    assert last["distribution"]["after"][0] == 1.0
    assert sum(last["distribution"]["after"]) == 1.0
    assert last["distribution"]["entropy_after"] == 0.0


def test_an_empty_prompt_starts_from_the_end_of_text_or_the_last_id() -> None:
    *_, last = events_of(speak(prompt=""))
    assert last["start_token"] == "399"
    *_, last = events_of(speak(prompt="", vocab_size=50257))
    assert last["start_token"] == "<|endoftext|>"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"prompt": "on " * 60}, "prompt_too_long"),
        ({"prompt": "Xin chào 👋", "vocab_size": 255}, "bytes"),
        ({"n_layer": 128, "n_embd": 16384, "n_head": 1}, "memory"),
    ],
)
def test_a_refusal_is_an_event(more: dict[str, object], code: str) -> None:
    *_, last = events_of(speak(**more))
    assert last["stage"] == "error"
    assert last["error"]["code"] == code


def test_closing_ends_the_computing() -> None:
    request = speak(**ENDLESS)
    events = service.run(request)
    next(e for e in events if e["stage"] == "generate")
    events.close()  # type: ignore[attr-defined]  # a generator's
    eventually(lambda: service.scheduler().queue.n_jobs == 0)
    stood = service.scheduler().counters.steps_decoded
    for _ in range(3):  # each of these is a round of the thread that decodes
        events_of(request.model)
    assert service.scheduler().counters.steps_decoded == stood


def test_a_job_nobody_listens_to_ends() -> None:
    heard = iter([True] * 3)
    events = service.run(speak(**ENDLESS), listening=lambda: next(heard, False))
    assert not cast(dict[str, Any], list(events)[-1]).get("done")
    eventually(lambda: service.scheduler().queue.n_jobs == 0)


def test_a_job_is_ended_by_its_number() -> None:
    events = service.run(speak(**ENDLESS), job_id=4711)
    assert any(event["stage"] == "generate" for event in islice(events, 20))
    service.cancel(4710)
    assert service.scheduler().queue.n_jobs == 1
    begin = time.monotonic()
    service.cancel(4711)
    list(events)
    assert time.monotonic() - begin < 5
    assert service.scheduler().queue.n_jobs == 0


def test_who_has_left_before_there_was_a_job_has_none() -> None:
    assert list(service.run(speak(**ENDLESS), listening=lambda: False)) == []
    eventually(lambda: service.scheduler().queue.n_jobs == 0)


def test_the_same_model_is_built_once() -> None:
    first, second = events_of(speak(seed=77)), events_of(speak(seed=77))
    assert first[-1]["text"] == second[-1]["text"]
    assert all(event["stage"] in ("wait", "generate") for event in second)


def test_compared_temperatures_say_how_they_end() -> None:
    *_, last = events_of(CompareRequest.parse(SHAPE | {"prompt": "on on", "max_new_tokens": 9}))
    assert last["stage"] == "compare"
    assert last["done"]
    assert last["n_tokens"] == 36
    assert len(last["texts"]) == len(last["entropies"]) == len(last["repeat_shares"]) == 4
    assert last["entropies"][0] == 0.0
    assert last["repeat_shares"][0] > last["repeat_shares"][3]


def test_a_class_gets_its_text_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """The more jobs, the longer the pause between two events of one."""
    monkeypatch.setattr(job_events, "EVENT_SECONDS", 0.05)

    def shortest_pause(n_jobs: int) -> float:
        monkeypatch.setattr(RequestQueue, "n_jobs", property(lambda self: n_jobs))
        events = service.run(speak(**ENDLESS))
        came = [time.monotonic() for _ in zip(range(7), events, strict=False)][2:]  # after the first token
        events.close()  # type: ignore[attr-defined]
        return min(later - sooner for sooner, later in pairwise(came))

    # A machine that stands still makes pauses longer, never shorter: of several the shortest counts.
    calm, crowded = shortest_pause(1), shortest_pause(80)
    assert calm >= 0.9 * 0.05
    assert crowded >= 0.9 * 0.05 * 80 / 8
    assert calm < 0.9 * crowded


def test_a_text_that_nobody_uses_is_forgotten_by_the_engine_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it says how it does, which it does several times a second."""
    store, clock = RunStore(now=lambda: clock[0]), [0.0]
    monkeypatch.setattr(service.scheduler(), "store", store)
    shape = asdict(GPTConfig(1, 2, 32, 32, 256))
    asked = TrainRequest.parse(shape | {"source": "text", "text": "the cat and the dog " * 30})
    store.with_text(asked)
    for clock[0], there in ((599.0, True), (601.0, False)):
        service.status()
        assert (asked.source in store._texts) is there
