"""The page of a link is made once, and is the same for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from gpt2core.ui.server.byte_cache import ByteCache
from gpt2core.ui.server.middleware import prerender as middleware
from gpt2core.ui.server.middleware.prerender import FirstScreen
from gpt2core.ui.server.prerender import first_screen


class Pages:
    """Stands where Gradio does; counts how often it is asked, and writes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self.asked.append(request.url.query)
        host = request.headers.get("x-forwarded-host", request.headers["host"])
        answer: Response = HTMLResponse(f"<html><body><p>{host}</p></body></html>", self.status)
        await answer(scope, receive, send)


class House:
    def __init__(self) -> None:
        self.pages = Pages()
        self.device: str | None = "CPU"
        self.client = TestClient(FirstScreen(self.pages, lambda: self.device))

    def get(self, path: str = "/", method: str = "GET", **headers: str) -> tuple[int, Mapping[str, Any]]:
        """How many first screens were made for it, and the answer's text and headers."""
        said = {"accept-encoding": "br"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        with patch.object(middleware, "first_screen", wraps=first_screen) as made:
            answer = self.client.request(method, path, headers=said)
        return made.call_count, {"text": answer.text, "status": answer.status_code} | dict(answer.headers)


@pytest.fixture
def house() -> House:
    return House()


def test_the_second_visitor_gets_what_was_made_for_the_first(house: House) -> None:
    first, second = house.get(), house.get(user_agent="another", cookie="a=b", accept_language="de")
    assert (first[0], second[0]) == (1, 0)
    assert first[1] == second[1]
    assert len(house.pages.asked) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/vi", {}), ("/?n_layer=3", {}), ("/", {"accept_encoding": "identity"}),
        ("/", {"host": "elsewhere"}), ("/", {"x_forwarded_host": "outer"}),
        ("/", {"x_forwarded_proto": "https"}), ("/", {"x_gradio_server": "http://x"}),
    ],
)  # fmt: skip
def test_what_makes_a_difference_is_made_for_itself(
    house: House, path: str, headers: dict[str, str]
) -> None:
    other = house.get()[1]["text"]
    made, found = house.get(path, **headers)
    assert made == 1
    assert ("outer" in found["text"]) == ("x_forwarded_host" in headers)
    assert house.get()[1]["text"] == other


def test_gradios_page_is_not_taken_for_the_made_one(house: House) -> None:
    house.device = None
    for _ in range(2):
        assert "first-screen" in house.get(accept_encoding="identity")[1]["text"]


def test_the_device_is_on_the_button_as_soon_as_it_is_known(house: House) -> None:
    house.get()
    house.device = "GPU 7"
    made, found = house.get()
    assert made == 1
    assert "GPU 7" in found["text"]


def test_a_link_asks_gradio_for_nothing_new(house: House) -> None:
    for n in range(1, 6):
        house.get(f"/?n_layer={n}&page=vi&deep_link=x")
    assert house.pages.asked == [""], "what it makes of a query is none of its business"


def test_a_head_and_a_get_share_what_was_made(house: House) -> None:
    made, head = house.get(method="HEAD")
    assert (made, head["status"], head["text"]) == (1, 200, "")
    made, page = house.get()
    assert made == 0
    assert page["content-length"] == head["content-length"]


def test_a_failure_is_not_kept(house: House) -> None:
    house.pages.status = 503
    assert house.get()[1]["status"] == 503
    house.pages.status = 200
    assert house.get()[1]["status"] == 200


def test_no_more_is_kept_than_there_is_room_for() -> None:
    cache = ByteCache(10)
    for name in "abc":
        cache.put(name, b"1234")
    assert [cache.get(name) for name in "abc"] == [None, b"1234", b"1234"]
    cache.get("b")
    cache.put("d", b"12")
    cache.put("e", b"12")
    assert [cache.get(name) for name in "bcde"] == [b"1234", None, b"12", b"12"]
    cache.put("d", b"123456789")
    assert [cache.get(name) for name in "bde"] == [None, b"123456789", None]
    cache.put("f", b"12345678901")
    assert cache.get("f") is None
    cache.put("g", b"1234567890")
    assert cache.get("g")


def test_a_long_address_is_not_kept(house: House) -> None:
    long = "/?prompt=" + 5000 * "x"
    assert [house.get(long)[0] for _ in range(2)] == [1, 1]
