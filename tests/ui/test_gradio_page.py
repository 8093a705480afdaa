"""What the cache of pages rests on: how Gradio sends a page, and what it writes into it."""

from __future__ import annotations

import re

import gradio as gr
import pytest
from fastapi import FastAPI
from run_async import run_async
from starlette.types import ASGIApp, Message, Scope

from gpt2core.ui.gradio_compat import add_to_page, page_varies_with

# Gradio leaves event loops open that it has made for its locks.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
SCOPE: Scope = {
    "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/",
    "raw_path": b"/", "root_path": "", "query_string": b"", "headers": [(b"host", b"x")],
    "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
}  # fmt: skip


async def sent(app: ASGIApp, scope: Scope) -> list[Message]:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    await app(scope, receive, send)
    return messages


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    async def laid_out() -> FastAPI:  # where no loop runs, Gradio makes one and leaves it open
        with gr.Blocks(analytics_enabled=False) as blocks:
            gr.HTML("a part")
        app: FastAPI = gr.mount_gradio_app(FastAPI(), blocks, path="")
        return app

    return run_async(laid_out())


def test_gradio_sends_its_page_whole_and_with_one_body(app: ASGIApp) -> None:
    start, body = run_async(sent(app, SCOPE))
    assert (start["type"], start["status"]) == ("http.response.start", 200)
    assert not body.get("more_body")
    assert body["body"].count(b"<body") == 1
    assert re.search(rb"<body[^>]*><i>first</i>", add_to_page(body["body"], "<i>first</i>"))


def test_a_page_is_the_same_for_all_who_reach_it_under_one_address(app: ASGIApp) -> None:
    first = run_async(sent(app, SCOPE))[1]["body"]
    others = {
        b"cookie": b"access-token=x; a=b", b"user-agent": b"x", b"accept-language": b"vi",
        b"referer": b"http://y/vi", b"accept": b"*/*", b"authorization": b"Basic eDp5", b"origin": b"http://x",
    }  # fmt: skip
    scope = {**SCOPE, "headers": [(b"host", b"x"), *others.items()], "client": ("8.8.8.8", 2)}
    assert page_varies_with(scope) == page_varies_with(SCOPE)
    assert run_async(sent(app, scope))[1]["body"] == first


@pytest.mark.parametrize(
    "name", ["host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server", "x-forwarded-for"]
)
def test_what_gradio_writes_into_the_page_is_part_of_the_key(app: ASGIApp, name: str) -> None:
    headers = {"host": "x"} | {name: "https" if name.endswith("proto") else "http://other"}
    scope = {**SCOPE, "headers": [(key.encode(), value.encode()) for key, value in headers.items()]}
    differs = run_async(sent(app, scope))[1]["body"] != run_async(sent(app, SCOPE))[1]["body"]
    assert differs == (name != "x-forwarded-for")
    assert not differs or page_varies_with(scope) != page_varies_with(SCOPE)
