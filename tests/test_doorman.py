"""Who is turned away at the door, and that nobody else is."""

import asyncio
import os
import subprocess
import sys

import pytest
from serving import ROOT
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from uvicorn import Config

from gpt2core.requests import MAX_JOBS, MAX_JOBS_PER_ADDRESS
from gpt2core.text import t
from gpt2core.ui import server
from gpt2core.ui.doorman import _MOST_BYTES, Buckets, Doorman

JOIN = "/gradio_api/queue/join"


def test_a_bucket_fills_again():
    buckets = Buckets(per_second=2, at_once=3)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b", 0.0), "others have their own"
    assert not buckets.take("a", 0.4)
    assert buckets.take("a", 0.6)
    assert [buckets.take("a", 100.0) for _ in range(4)] == [True, True, True, False]


@pytest.fixture
def house():
    async def echo(request: Request) -> JSONResponse:
        return JSONResponse({"length": len(await request.body())})

    app = Starlette(routes=[Route(JOIN, echo, methods=["POST"]), Route("/other", echo, methods=["POST"])])
    state = {"full": False}
    app.add_middleware(Doorman, full=lambda: state["full"], jobs={"7", "generate"})
    return TestClient(app), state


def test_who_behaves_gets_in_with_the_whole_body(house):
    client, _ = house
    assert client.post(JOIN, json={"session_hash": "a", "data": ["x" * 20_000]}).json()["length"] > 20_000


def test_a_session_that_floods_is_refused_and_the_next_is_not(house):
    client, _ = house
    answers = [client.post(JOIN, json={"session_hash": "flood"}) for _ in range(80)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1].json()["detail"] == t("error.too_often", "en")
    assert client.post(JOIN, json={"session_hash": "honest"}).status_code == 200


def test_a_full_house_says_so_in_the_visitors_language(house):
    client, state = house
    state["full"] = True
    refused = client.post(JOIN, json={"session_hash": "a"}, headers={"referer": "http://x/vi?n_layer=3"})
    assert refused.status_code == 503
    assert refused.json()["detail"] == t("error.full", "vi")
    assert client.post("/other", json={}).status_code == 200


def test_more_jobs_than_the_house_takes_are_refused_at_once(house):
    client, _ = house
    answers = [client.post(JOIN, json={"session_hash": f"s{n}", "fn_index": 7}) for n in range(230)]
    taken = sum(answer.status_code == 200 for answer in answers)
    assert MAX_JOBS_PER_ADDRESS <= taken < 230
    assert answers[-1].status_code == 429
    assert answers[-1].json()["detail"] == t("error.crowd", "en")
    assert client.post(JOIN, json={"session_hash": "s", "fn_index": 8}).status_code == 200, "no job"


def test_jobs_of_all_addresses_are_counted_together():
    doorman = Doorman(None, full=lambda: False, jobs={"generate"})

    def refusal(n):
        scope = {"client": (f"10.0.{n // 200}.{n % 200}", 1), "headers": []}
        return doorman._refusal(scope, "/gradio_api/call/generate", b"{}")

    refusals = [refusal(n) for n in range(300)]
    assert refusals[:MAX_JOBS] == [None] * MAX_JOBS
    assert refusals[-1] == (503, "error.full")


def test_one_session_has_few_jobs_at_once(house):
    client, _ = house
    answers = [client.post(JOIN, json={"session_hash": "x", "fn_index": 7}).status_code for _ in range(15)]
    assert answers[:10] == [200] * 10
    assert answers[-1] == 429


def test_the_app_names_its_jobs():
    code = "from app import make_app, server; print(*server.jobs_of(make_app()))"
    fns = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split()
    assert {"build", "generate"} <= set(fns)
    assert "analyze" not in fns
    assert sum(name.isdigit() for name in fns) == 2 + 3 * 2, "two endpoints, three buttons in two languages"


def test_on_a_space_visitors_are_told_apart(monkeypatch):
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    server.trust_the_proxy()
    assert "FORWARDED_ALLOW_IPS" not in os.environ, "elsewhere anybody could write such a header"
    monkeypatch.setenv("SPACE_ID", "a/b")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")
    monkeypatch.delenv("FORWARDED_ALLOW_IPS")
    server.trust_the_proxy()
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["client"][0])

    config = Config(app)
    config.load()
    scope = {"type": "http", "client": ("10.16.3.80", 1), "scheme": "http",
             "headers": [(b"x-forwarded-for", b"6.6.6.6, 8.8.8.8, 10.1.2.3")]}  # fmt: skip
    asyncio.run(config.loaded_app(scope, None, None))
    assert seen == ["8.8.8.8"], "what the caller claims itself does not count"


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"{", b"[" * 50_000, b'{"session_hash": 5}'])
def test_nonsense_is_left_to_gradio(house, body):
    assert house[0].post(JOIN, content=body).status_code == 200


def test_what_is_too_long_is_not_read(house):
    assert house[0].post(JOIN, content=b"x" * (_MOST_BYTES + 1)).status_code == 413
