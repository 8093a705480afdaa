"""Who is turned away at the door, and that nobody else is."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from gpt2core.text import t
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
    app.add_middleware(Doorman, full=lambda: state["full"])
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


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"{", b"[" * 50_000, b'{"session_hash": 5}'])
def test_nonsense_is_left_to_gradio(house, body):
    assert house[0].post(JOIN, content=body).status_code == 200


def test_what_is_too_long_is_not_read(house):
    assert house[0].post(JOIN, content=b"x" * (_MOST_BYTES + 1)).status_code == 413
