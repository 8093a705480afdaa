"""What crosses process borders comes out as it went in."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict
from typing import Any, cast, get_args

import pytest
import torch
from number_formats import OFFERED
from shapes import TINY

from gpt2core import ConfigError
from gpt2core.serving import service
from gpt2core.serving.messages import (
    LABS,
    BuildRequest,
    CompareRequest,
    Event,
    ForgetRequest,
    GenerateRequest,
    LabRequest,
    NextTokenRequest,
    Request,
    ScoreRequest,
    Snapshot,
    TrainRequest,
    Visitor,
    WeightsRequest,
)
from gpt2core.serving.messages.wire import (
    Cancel,
    Close,
    Elsewhere,
    Ended,
    EngineStatus,
    FromEngine,
    Progress,
    Run,
    ToEngine,
)
from gpt2core.training.record import Record
from gpt2core.training.sources import make_source

VALUES = asdict(TINY) | {"seed": 3, "prompt": "on on", "max_new_tokens": 3, "top_k": 5}
REQUESTS: list[Request] = [
    BuildRequest.parse(VALUES),
    BuildRequest.parse(VALUES).on_cpu(),
    GenerateRequest.parse(VALUES),
    GenerateRequest.parse(VALUES | {"dtype": OFFERED[-1]}),
    CompareRequest.parse(VALUES),
    NextTokenRequest.parse(VALUES),
    *(LabRequest.parse(VALUES | {"lab": lab}) for lab in LABS),
    TrainRequest.parse(VALUES | {"source": "sums", "steps": 1, "batch_size": 1}),
    ScoreRequest.parse(VALUES | {"text": "on and on"}),
    WeightsRequest.parse(VALUES | {"weights": "sums-0123456789abcdef"}),
    ForgetRequest.parse(VALUES | {"source": "text-0123456789abcdef0123"}),
]
TRAINS = TrainRequest.parse(VALUES | {"source": "sums", "steps": 1, "batch_size": 1})
SNAPSHOT = Snapshot(
    TRAINS, 1, b"weights", b"moments", Record(make_source("sums", TINY), torch.device("cpu")).event(TRAINS)
)
TO_ENGINE: list[ToEngine] = [
    *(Run(n, request, Visitor("a session", "10.0.0.1")) for n, request in enumerate(REQUESTS)),
    Cancel(7),
    Close(1.5),
    Elsewhere({"192.0.2.1": 0.5}),
    SNAPSHOT,
]
FROM_ENGINE: list[FromEngine] = [
    EngineStatus(),
    EngineStatus("CPU", ("float32",), 7, 1, 2, broken=True, seconds_had={"192.0.2.1": 1.5}),
    Progress(7, {"stage": "wait", "place": 3}),
    Progress(7, {"stage": "error", "error": ConfigError("busy", "", "", maximum=5).as_dict()}),
    Ended(7),
    SNAPSHOT,
]


def passed(message: object) -> object:
    """As a connection sends it."""
    return pickle.loads(pickle.dumps(message))


def test_every_kind_of_message_is_here() -> None:
    assert {type(m) for m in TO_ENGINE} == set(get_args(ToEngine))
    assert {type(m) for m in FROM_ENGINE} == set(get_args(FromEngine))
    assert {type(r) for r in REQUESTS} >= set(get_args(Request))


@pytest.mark.parametrize("message", [*TO_ENGINE, *FROM_ENGINE], ids=str)
def test_a_message_comes_out_as_it_went_in(message: object) -> None:
    copy = passed(message)
    assert copy is not message
    assert copy == message
    assert type(copy) is type(message)


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_a_request_finds_the_model_that_an_equal_one_has_left(request_: Request) -> None:
    """It is what the pool and the labs' answers are looked up by."""
    assert passed(request_) in {request_}


@pytest.mark.parametrize(
    "request_", [r for r in REQUESTS[2:] if not isinstance(r, WeightsRequest)], ids=str
)
def test_every_event_is_plain_data(request_: Request) -> None:
    events: list[Event] = list(service.run(request_))
    assert passed(events) == events
    last = cast(dict[str, Any], json.loads(json.dumps(events[-1])))
    assert last["done"]
    assert all(event["stage"] for event in events)
