"""What the rate limit reads of a call before Gradio does: its body, its function, its values."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from app_process import ROOT
from run_async import run_async
from starlette.types import Message
from ui.limited_app import CALL, JOIN, Limited, limited_app

from gpt2core.i18n import t
from gpt2core.serving.messages import LABS
from gpt2core.ui.in_flight import InFlight
from gpt2core.ui.page_data import OWN_LABS
from gpt2core.ui.server import request_body
from gpt2core.ui.server.limits import MOST_BYTES
from gpt2core.ui.server.middleware.rate_limit import RateLimit


@pytest.fixture
def house() -> Limited:
    return limited_app()


@pytest.mark.parametrize(("data", "status"), [([1, 2], 200), ([1], 400), ([1, 2, 3], 400), ({"a": 1}, 200)])
def test_too_few_or_too_many_values_are_refused(house: Limited, data: object, status: int) -> None:
    answer = house[0].post(JOIN, json={"session_hash": "a", "fn_index": 7, "data": data})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("data", "filled"),
    [([], [1, True, "x"]), ([2.5], [2.5, True, "x"]), ([2, False, "é"], [2, False, "é"])],
)
def test_left_out_arguments_have_their_defaults(
    house: Limited, data: list[object], filled: list[object]
) -> None:
    answer = house[0].post(CALL, json={"data": data, "more": 3})
    assert json.loads(answer.json()["body"]) == {"data": filled, "more": 3}


def test_too_many_arguments_are_counted_and_named(house: Limited) -> None:
    answer = house[0].post(CALL, json={"data": [1, 2, 3, 4]})
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "/generate takes at most 3 values, but 4 were given. In this order: a, b, c."
    )


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"{", b"[" * 50_000, b'{"session_hash": 5}'])
def test_nonsense_is_left_to_gradio(house: Limited, body: bytes) -> None:
    assert house[0].post(JOIN, content=body).status_code == 200


def test_what_is_too_long_is_not_read(house: Limited) -> None:
    assert house[0].post(JOIN, content=b"x" * (MOST_BYTES + 1)).status_code == 413


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.1)
    sent: list[Message] = []
    bytes_sent = 0

    async def receive() -> Message:
        """A byte now, and another soon."""
        nonlocal bytes_sent
        bytes_sent += 1
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"{", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    async def beyond(*_: object) -> None:
        raise AssertionError("it gets no further")

    scope = {"type": "http", "method": "POST", "path": "/gradio_api/cancel", "headers": [],
             "client": ("8.8.8.8", 1)}  # fmt: skip
    run_async(RateLimit(beyond, InFlight(), {})(scope, receive, send))
    assert sent[0]["status"] == 408
    assert bytes_sent < 20
    assert (b"connection", b"close") in sent[0]["headers"], "or the rest would still be read"
    assert t("error.slow_body", "en", seconds=10) in sent[1]["body"].decode()


def test_the_app_names_its_functions() -> None:
    code = (
        "from app import make_app; from gpt2core.ui.server.callable_functions import callable_functions;"
        "from gpt2core.ui.dispatch import JOBS; import json;"
        "fns = callable_functions(make_app(), JOBS);"
        "facts = {n: [f.inputs, f.is_job, f.defaults and list(f.defaults)] for n, f in fns.items()};"
        "print(json.dumps(facts))"
    )
    found = json.loads(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True))
    named = {name: facts for name, facts in found.items() if not name.isdigit()}
    assert {name: facts[:2] for name, facts in named.items()} == {
        "analyze": [7, False], "build": [10, True], "generate": [16, True], "train": [15, True],
        "score": [11, True],
    }  # fmt: skip
    assert all(inputs == len(defaults) for inputs, _, defaults in named.values())
    jobs = [name for name, (_, is_job, _) in found.items() if is_job and name.isdigit()]
    texts, learning = ("build", "generate", "compare"), ("train", "forget", "before-after")
    buttons = len(texts) + len(learning) + len(LABS) + len(OWN_LABS)
    assert len(jobs) == 4 + 2 * buttons, "four endpoints, buttons in two languages"
