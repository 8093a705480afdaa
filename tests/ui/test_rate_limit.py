"""The rate limit: who is refused, and that nobody else is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from run_async import run_async
from starlette.types import Message, Receive, Scope, Send
from submitting import Clock
from ui.limited_app import JOIN, Limited, limited_app

from gpt2core.i18n import t
from gpt2core.runtime.settings import SETTINGS
from gpt2core.ui import in_flight
from gpt2core.ui.in_flight import InFlight
from gpt2core.ui.server import limits
from gpt2core.ui.server.limits import Rate
from gpt2core.ui.server.middleware import rate_limit
from gpt2core.ui.server.middleware.rate_limit import RateLimit
from gpt2core.ui.server.token_buckets import TokenBuckets


@pytest.fixture
def house() -> Limited:
    return limited_app()


def test_a_bucket_fills_again() -> None:
    buckets = TokenBuckets(Rate(per_second=2, at_once=3))
    assert [buckets.take("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b", 0.0), "others have their own"
    assert not buckets.take("a", 0.4)
    assert buckets.take("a", 0.6)
    assert [buckets.take("a", 100.0) for _ in range(4)] == [True, True, True, False]


def test_who_behaves_gets_in_with_the_whole_body(house: Limited) -> None:
    client, _ = house
    assert client.post(JOIN, json={"session_hash": "a", "data": ["x" * 20_000]}).json()["length"] > 20_000


def test_a_session_that_floods_is_refused_and_the_next_is_not(
    house: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=Clock()))
    client, _ = house
    answers = [client.post(JOIN, json={"session_hash": "flood"}) for _ in range(120)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1].json()["detail"] == t("error.too_often", "en")
    assert client.post(JOIN, json={"session_hash": "honest"}).status_code == 200


def test_a_full_house_says_so_in_the_visitors_language(house: Limited) -> None:
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
    house: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "_LOST_SECONDS", 60.0)  # however slowly they come here
    client, _ = house
    answers = [client.post(JOIN, json={"session_hash": f"s{n}", "fn_index": 7}) for n in range(230)]
    taken = sum(answer.status_code == 200 for answer in answers)
    assert SETTINGS.max_jobs_per_address <= taken < 230
    assert answers[-1].status_code == 429
    assert answers[-1].json()["detail"] == t("error.crowd", "en")
    assert client.post(JOIN, json={"session_hash": "s", "fn_index": 8}).status_code == 200, "no job"


def test_one_session_has_few_jobs_at_once(house: Limited) -> None:
    client, flight = house
    flight.admit("testclient", "x")
    answers = [client.post(JOIN, json={"session_hash": "x", "fn_index": 7}).status_code for _ in range(15)]
    assert answers[:10] == [200] * 10
    assert answers[-1] == 429


def test_who_asks_again_only_after_the_answer_is_not_counted(house: Limited) -> None:
    client, flight = house
    for _ in range(30):
        assert client.post(JOIN, json={"session_hash": "x", "fn_index": 7}).status_code == 200
        (arrival,) = flight._arriving
        with flight.running(arrival):
            pass


def test_who_has_too_many_pictures_drawn_waits_and_nobody_else(house: Limited) -> None:
    client, _ = house
    answers = [client.get(f"/qr.svg?seed={n}").status_code for n in range(260)]
    assert 429 not in answers[:200]
    assert answers[-1] == 429
    assert client.get("/").status_code != 429, "the page is not a picture"


def test_who_asks_for_too_many_pages_waits(house: Limited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=Clock()))
    client, _ = house
    paths = ("/", "/vi", "/config", "/gradio_api/info", "/export/config.json")
    most = int(limits.PAGES_PER_ADDRESS.at_once)
    answers = [client.get(paths[n % 5]).status_code for n in range(most)]
    assert 429 not in answers
    refused = client.get("/vi")
    assert refused.status_code == 429
    assert refused.json()["error"] == t("error.too_often", "vi")
    assert refused.headers["retry-after"]
    assert client.get("/live/x/store.js").status_code != 429, "a file is no page"


def test_a_subscriber_is_one_address(house: Limited) -> None:
    """All 2^64 of it."""
    asked = [
        {
            "type": "http",
            "method": "GET",
            "path": "/qr.svg",
            "headers": [],
            "client": (f"2001:db8::{n:x}", 1),
        }
        for n in range(250)
    ]
    seen: list[int] = []

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        if "status" in message:
            seen.append(message["status"])

    async def ask() -> None:
        limit = RateLimit(answer, InFlight(), {})
        for scope in [*asked, asked[0] | {"client": ("2001:db8:0:1::1", 1)}]:
            await limit(scope, cast(Receive, None), send)

    run_async(ask())
    assert seen[:200] == [200] * 200
    assert seen[249:] == [429, 200], "the next /64 is somebody else"
