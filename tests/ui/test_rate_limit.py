"""The rate limit: who is refused, and that nobody else is."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TypeAlias
from unittest.mock import patch

import pytest
from app_process import ROOT
from run_async import run_async
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from submitting import Clock
from uvicorn import Config

from gpt2core.i18n import t
from gpt2core.runtime.settings import SETTINGS
from gpt2core.serving.messages import LABS
from gpt2core.ui import in_flight
from gpt2core.ui.in_flight import InFlight
from gpt2core.ui.page_data import GENERATING_LABS
from gpt2core.ui.server import lifecycle
from gpt2core.ui.server.middleware.rate_limit import _MOST_BYTES, RateLimit, TokenBuckets

JOIN = "/gradio_api/queue/join"
House: TypeAlias = tuple[TestClient, InFlight]


def test_a_bucket_fills_again() -> None:
    buckets = TokenBuckets(per_second=2, at_once=3)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b", 0.0), "others have their own"
    assert not buckets.take("a", 0.4)
    assert buckets.take("a", 0.6)
    assert [buckets.take("a", 100.0) for _ in range(4)] == [True, True, True, False]


@pytest.fixture
def house() -> House:
    async def echo(request: Request) -> JSONResponse:
        return JSONResponse({"length": len(await request.body())})

    app = Starlette(routes=[Route(JOIN, echo, methods=["POST"]), Route("/other", echo, methods=["POST"])])
    flight = InFlight()
    inputs = {"7": 2, "8": 0, "generate": 14}
    app.add_middleware(RateLimit, in_flight=flight, jobs={"7", "generate"}, inputs=inputs)
    return TestClient(app), flight


def test_who_behaves_gets_in_with_the_whole_body(house: House) -> None:
    client, _ = house
    assert client.post(JOIN, json={"session_hash": "a", "data": ["x" * 20_000]}).json()["length"] > 20_000


def test_a_session_that_floods_is_refused_and_the_next_is_not(house: House) -> None:
    client, _ = house
    answers = [client.post(JOIN, json={"session_hash": "flood"}) for _ in range(80)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1].json()["detail"] == t("error.too_often", "en")
    assert client.post(JOIN, json={"session_hash": "honest"}).status_code == 200


def test_a_full_house_says_so_in_the_visitors_language(house: House) -> None:
    client, flight = house
    for n in range(SETTINGS.max_jobs_per_address, SETTINGS.max_jobs):
        flight.admit(f"elsewhere {n}")
    for _ in range(SETTINGS.max_jobs_per_address - 1):
        flight.admit("testclient")
    page = {"referer": "http://x/vi?n_layer=3"}
    assert client.post(JOIN, json={"session_hash": "a", "fn_index": 7}).status_code == 200, "the last one"
    refused = client.post(JOIN, json={"session_hash": "a", "fn_index": 7}, headers=page)
    assert refused.status_code == 503
    assert refused.json()["detail"] == t("error.full", "vi")
    assert client.post("/other", json={}).status_code == 200
    assert client.post(JOIN, json={"session_hash": "a", "fn_index": 8}).status_code == 200, "no job"


def test_more_jobs_than_the_house_takes_are_refused_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "_LOST_SECONDS", 60.0)  # however slowly they come here
    client, _ = house
    answers = [client.post(JOIN, json={"session_hash": f"s{n}", "fn_index": 7}) for n in range(230)]
    taken = sum(answer.status_code == 200 for answer in answers)
    assert SETTINGS.max_jobs_per_address <= taken < 230
    assert answers[-1].status_code == 429
    assert answers[-1].json()["detail"] == t("error.crowd", "en")
    assert client.post(JOIN, json={"session_hash": "s", "fn_index": 8}).status_code == 200, "no job"


def test_one_session_has_few_jobs_at_once(house: House) -> None:
    client, _ = house
    answers = [client.post(JOIN, json={"session_hash": "x", "fn_index": 7}).status_code for _ in range(15)]
    assert answers[:10] == [200] * 10
    assert answers[-1] == 429


def test_who_has_too_many_pictures_drawn_waits_and_nobody_else(house: House) -> None:
    client, _ = house
    answers = [client.get(f"/qr.svg?seed={n}").status_code for n in range(260)]
    assert 429 not in answers[:200]
    assert answers[-1] == 429
    assert client.get("/").status_code != 429, "the page is not a picture"


@pytest.mark.parametrize(("data", "status"), [([1, 2], 200), ([1], 400), ([1, 2, 3], 400), ({"a": 1}, 200)])
def test_too_few_or_too_many_values_are_refused(house: House, data: object, status: int) -> None:
    answer = house[0].post(JOIN, json={"session_hash": "a", "fn_index": 7, "data": data})
    assert answer.status_code == status


def test_the_app_names_its_functions() -> None:
    code = (
        "from app import make_app, routes; *_, door = routes.app_kwargs(make_app())['middleware']; "
        "print(*door.kwargs['jobs']); print(door.kwargs['inputs'])"
    )
    jobs, inputs = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).splitlines()
    fns, inputs = jobs.split(), ast.literal_eval(inputs)
    assert {"build", "generate"} <= set(fns)
    assert "analyze" not in fns
    assert (inputs["analyze"], inputs["build"], inputs["generate"]) == (7, 8, 14)
    buttons = 3 + len(LABS) + len(GENERATING_LABS)  # build, generate, compare; the labs
    assert sum(name.isdigit() for name in fns) == 2 + 2 * buttons, "two endpoints, buttons in two languages"


@pytest.mark.parametrize(
    ("space", "visitor"),
    [
        ({}, "10.16.3.80"),  # elsewhere anybody could write such a header
        ({"SPACE_ID": "a/b"}, "8.8.8.8"),  # what the caller claims itself, in front of it, does not count
        ({"SPACE_ID": "a/b", "FORWARDED_ALLOW_IPS": "127.0.0.1"}, "10.16.3.80"),  # who runs it knows better
    ],
)
def test_who_a_visitor_is_where_there_is_a_proxy(space: dict[str, str], visitor: str) -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"][0])

    environment = {name: value for name, value in os.environ.items() if name != "FORWARDED_ALLOW_IPS"}
    with patch.dict(os.environ, environment | space, clear=True):
        lifecycle.trust_the_proxy()
        config = Config(app)
        config.load()
    scope = {"type": "http", "client": ("10.16.3.80", 1), "scheme": "http",
             "headers": [(b"x-forwarded-for", b"6.6.6.6, 8.8.8.8, 10.1.2.3")]}  # fmt: skip
    run_async(config.loaded_app(scope, None, None))
    assert seen == [visitor]


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"{", b"[" * 50_000, b'{"session_hash": 5}'])
def test_nonsense_is_left_to_gradio(house: House, body: bytes) -> None:
    assert house[0].post(JOIN, content=body).status_code == 200


def test_what_is_too_long_is_not_read(house: House) -> None:
    assert house[0].post(JOIN, content=b"x" * (_MOST_BYTES + 1)).status_code == 413


def test_jobs_are_counted_from_the_door_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Clock()
    monkeypatch.setattr(in_flight, "time", SimpleNamespace(monotonic=now))
    here = InFlight()
    for address in ("a", "b", "a"):
        here.admit(address)
    with here.running("a"), here.running("c"):
        assert [here.count(address) for address in ("a", "b", "c", None)] == [2, 1, 1, 4]
    assert [here.count(address) for address in ("a", "b", "c", None)] == [1, 1, 0, 2]
    here.release("b")
    here.release("b")
    assert here.count() == 1
    here.admit("d").answered = now()
    now.seconds += in_flight._LOST_SECONDS
    assert here.count() == 2
    now.seconds += 0.1
    assert here.count() == 1, (
        "who does not come to listen is forgotten; whom Gradio has not answered is not"
    )
