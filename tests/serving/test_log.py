"""What an operator finds in the log: each job by its id, and no prompt."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from eventually import eventually
from shapes import TINY

from gpt2core.engine.batch import Batch
from gpt2core.engine.scheduler import Scheduler
from gpt2core.labs import trace
from gpt2core.serving import service
from gpt2core.serving.messages import GenerateRequest, LabRequest, Request

# Its tokens are below TINY's vocabulary of 400, and none of it stands in any other line.
PROMPT = "on on on"
VALUES = asdict(TINY) | {"prompt": PROMPT, "max_new_tokens": 3}


@pytest.fixture
def log(
    caplog: pytest.LogCaptureFixture, serving: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.LogCaptureFixture]:
    """All of the log, of a scheduler that has loaded nothing yet."""
    monkeypatch.setattr(service, "scheduler", lambda: serving)
    caplog.set_level(logging.DEBUG)
    yield caplog
    assert PROMPT not in caplog.text


def run(request: Request, job_id: int) -> None:
    for _ in service.run(request, job_id=job_id):
        pass


def wait_for(log: pytest.LogCaptureFixture, line: str) -> None:
    """A job is told of its end before the log is."""
    eventually(lambda: line in log.messages)


def lines_of(log: pytest.LogCaptureFixture, job_id: int) -> list[str]:
    return [line for line in log.messages if line.startswith(f"job {job_id}: ")]


def test_a_job_leaves_a_line_at_each_stage(log: pytest.LogCaptureFixture) -> None:
    run(GenerateRequest.parse(VALUES), 41)
    run(GenerateRequest.parse(VALUES), 42)
    wait_for(log, "job 42: ended")
    first, second = ([line.partition(": ")[2] for line in lines_of(log, n)] for n in (41, 42))
    assert first[0] == "admitted, GenerateRequest, position 1"
    assert first[1].startswith("loads GPTConfig(n_layer=2, ")
    assert first[2].startswith("runs after ")
    assert first[3:] == ["ended"]
    assert len(second) == 3, "the model was there"


@pytest.mark.parametrize(
    ("more", "code"),
    [({"prompt": PROMPT + " on" * 60}, "prompt_too_long"), ({"n_layer": 128, "n_embd": 16_384}, "memory")],
)
def test_a_refusal_leaves_a_line(log: pytest.LogCaptureFixture, more: dict[str, object], code: str) -> None:
    run(GenerateRequest.parse(VALUES | more), 43)
    assert lines_of(log, 43) == [f"job 43: refused, {code}"]


def test_a_failure_leaves_a_line_and_its_traceback(
    log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(self: Batch, owners: object = None) -> bool:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Batch, "decode", decode)
    run(GenerateRequest.parse(VALUES), 44)
    wait_for(log, "job 44: ended, failed")
    assert "ZeroDivisionError: a bug" in log.text


def test_a_lab_that_fails_leaves_a_line(
    log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(trace, "trace", fails)
    run(LabRequest.parse(VALUES | {"lab": "trace", "seed": 44}), 45)
    assert lines_of(log, 45)[-1] == "job 45: ended, failed"
    assert "ZeroDivisionError: a bug" in log.text
