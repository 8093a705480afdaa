"""Puts the first screen into the page on its way out."""

from __future__ import annotations

from collections.abc import Callable

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpt2core.i18n import LANGUAGES
from gpt2core.ui.gradio_compat import add_to_page
from gpt2core.ui.server.prerender import first_screen


class FirstScreen:
    """Puts the first screen into the page, which is otherwise empty until Gradio's scripts have come, and
    compresses it, which Gradio does not: 290 kB become 41 in 2.5 ms."""

    def __init__(self, app: ASGIApp, device: Callable[[], str | None]) -> None:
        """`device` says the device's name, or None where it is not known yet; it must not wait."""
        self.app = app
        self.device = device

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lang = _language(scope)
        if lang is None:
            return await self.app(scope, receive, send)
        query = scope["query_string"].decode("latin-1")
        compressed = "br" in Headers(scope=scope).get("accept-encoding", "")
        start: Message = {}

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)  # held back: it says how long the body is
                return
            body: bytes = message.get("body", b"")
            if start:
                if start["status"] == 200 and not message.get("more_body"):
                    body = add_to_page(body, first_screen(query, lang, self.device()))
                    headers = MutableHeaders(raw=start["headers"])
                    if compressed:
                        body = brotli.compress(body, quality=3)
                        headers["content-encoding"] = "br"
                    headers.add_vary_header("Accept-Encoding")
                    headers["content-length"] = str(len(body))
                await send(dict(start))
                start.clear()
            await send({**message, "body": body})

        return await self.app(scope, receive, adding)


def _language(scope: Scope) -> str | None:
    """The language of the page that is asked for, or None where it is no page."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
    return {"": LANGUAGES[0]}.get(path, path if path in LANGUAGES[1:] else None)
