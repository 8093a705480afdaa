"""Who a visitor is, and under which address they reach the page, where there is a proxy."""

from __future__ import annotations

import os
from unittest.mock import patch

import pytest
from run_async import run_async
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config

from gpt2core.ui.server import lifecycle
from gpt2core.ui.server.middleware.forwarded_host import ForwardedHost


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


@pytest.mark.parametrize(
    ("peer", "headers", "trusted", "host"),
    [
        ("127.0.0.1", {"x-forwarded-for": "8.8.8.8"}, None, "outer.example"),
        ("127.0.0.1", {}, None, "outer.example"),  # it says no more than the host
        ("8.8.8.8", {"x-forwarded-for": "127.0.0.1"}, None, "inner:7860"),  # anybody could write that
        ("10.0.0.1", {"x-forwarded-for": "8.8.8.8"}, None, "inner:7860"),
        ("10.0.0.1", {"x-forwarded-for": "8.8.8.8"}, "10.0.0.0/8", "outer.example"),
        ("127.0.0.1", {"x-forwarded-host": "a.example, b.example"}, None, "a.example"),
        ("127.0.0.1", {"x-forwarded-host": "<b>"}, None, "inner:7860"),
        ("127.0.0.1", {"x-forwarded-host": ""}, None, "inner:7860"),
    ],
)
def test_the_outer_host_is_believed_of_a_trusted_proxy(
    peer: str, headers: dict[str, str], trusted: str | None, host: str
) -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(Headers(scope=scope).getlist("host"))

    environment = {name: value for name, value in os.environ.items() if name != "FORWARDED_ALLOW_IPS"}
    if trusted:
        environment["FORWARDED_ALLOW_IPS"] = trusted
    with patch.dict(os.environ, environment, clear=True):
        behind: ASGIApp = ForwardedHost(app)
        config = Config(behind)
        config.load()
    said = {"host": "inner:7860", "x-forwarded-host": "outer.example"} | headers
    scope = {"type": "http", "client": (peer, 4711), "scheme": "http",
             "headers": [(name.encode(), value.encode()) for name, value in said.items()]}  # fmt: skip
    run_async(config.loaded_app(scope, None, None))
    assert seen == [[host]]
