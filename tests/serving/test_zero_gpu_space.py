"""The app as a ZeroGPU Space runs it, with the real `spaces`, which asks a stand-in for Hugging Face."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import asdict
from typing import Any

import httpx
import psutil
import pytest
from app_process import start_server
from eventually import eventually
from serving.zero_gpu_api import DeviceAPI, device_api, token
from shapes import TINY

from gpt2core.serving import service
from gpt2core.serving.messages import GenerateRequest
from gpt2core.serving.zero_gpu import LONGEST_LOAN, gpu_seconds

TEXT = asdict(TINY) | {"seed": 1, "prompt": "on on", "max_new_tokens": 9}
# The largest estimate that the smallest model can have: more than any visitor is lent.
LONG = TEXT | {"n_layer": 1, "block_size": 65_536, "max_new_tokens": 65_000}


@pytest.fixture(scope="module")
def api() -> Iterator[DeviceAPI]:
    with device_api() as api:
        yield api


@pytest.fixture(scope="module")
def space(api: DeviceAPI) -> Iterator[tuple[psutil.Process, str]]:
    """The Space's process, and its address."""
    process, url = start_server(
        "tests/serving/zero_gpu_space.py", SPACES_ZERO_GPU="true", SPACES_ZERO_DEVICE_API_URL=api.url
    )
    yield psutil.Process(process.pid), url
    process.terminate()
    try:
        process.wait(20)
    finally:
        process.kill()  # whatever a failed test has left running in it


def told(url: str, values: dict[str, object], says: str) -> Generator[tuple[str, Any]]:
    """What /generate tells a visitor with this token: each event's name and data."""
    header = {"x-ip-token": token(says)}
    call = f"{url}gradio_api/call/generate"
    posted = httpx.post(f"{url}gradio_api/call/v2/generate", json=values, headers=header)
    with httpx.stream("GET", f"{call}/{posted.json()['event_id']}", timeout=60) as stream:
        name = ""
        for line in stream.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data" and value != "null":
                yield name, json.loads(value)


def last(url: str, values: dict[str, object], says: str) -> tuple[str, Any]:
    *_, (name, data) = told(url, values, says)
    return name, data[0] if isinstance(data, list) else data


def test_a_text_comes_from_the_process_that_has_the_gpu(
    space: tuple[psutil.Process, str], api: DeviceAPI
) -> None:
    server, url = space
    del api.asked[:]
    name, event = last(url, TEXT, "lent")
    assert name == "complete"
    assert "notice" not in event
    *_, alone = service.run(GenerateRequest.parse(TEXT))
    assert alone["stage"] == "generate"
    assert event["text"] == alone["text"]
    eventually(lambda: len(api.asked) >= 3)
    (_, scheduled), (_, allowed), released = api.asked
    assert scheduled["durationSeconds"] == str(gpu_seconds(GenerateRequest.parse(TEXT)))
    assert int(allowed["pid"]) in [child.pid for child in server.children()]
    assert released == ("/release", {"allowToken": "loan", "fail": "false"})


@pytest.mark.parametrize(
    ("says", "notice"),
    [
        ("spent", "quota"),
        ("pending", "quota"),
        ("illegal", "too_long"),
        ("queued", "no_gpu"),
        ("none_left", "no_gpu"),
    ],
)
def test_where_the_gpu_is_refused_the_cpu_computes(
    space: tuple[psutil.Process, str], says: str, notice: str
) -> None:
    events = [data[0] for _, data in told(space[1], TEXT, says)]
    assert {event["notice"] for event in events} == {notice}
    assert events[-1]["done"]


def test_a_value_that_the_gpus_process_refuses_is_named(space: tuple[psutil.Process, str]) -> None:
    name, data = last(space[1], TEXT | {"prompt": "on " * 60}, "lent")
    assert name == "error"
    assert "context" in data["error"].lower()


def test_a_gpu_that_is_taken_back_is_a_sentence_and_the_next_job_runs(
    space: tuple[psutil.Process, str],
) -> None:
    name, data = last(space[1], LONG, "killed")
    assert name == "error"
    assert f"lent for {LONGEST_LOAN} seconds" in data["error"]
    assert last(space[1], TEXT, "lent")[0] == "complete"


def test_a_long_job_asks_for_what_can_be_lent_says_so_and_ends_with_its_listener(
    space: tuple[psutil.Process, str], api: DeviceAPI
) -> None:
    del api.asked[:]
    events = told(space[1], LONG, "lent")
    _, (first,) = next(events)
    assert first["notice"] == "may_end"
    assert api.schedules()[0]["durationSeconds"] == str(LONGEST_LOAN)
    events.close()
    eventually(lambda: ("/release", {"allowToken": "loan", "fail": "false"}) in api.asked)
