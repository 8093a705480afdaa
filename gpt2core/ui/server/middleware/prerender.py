"""Puts the first screen into the page, and keeps it: the page of a link is the same for everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import brotli
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpt2core.ui.gradio_compat import add_to_page, page_varies_with
from gpt2core.ui.links import LONGEST_QUERY
from gpt2core.ui.server.accept_encoding import takes_brotli
from gpt2core.ui.server.byte_cache import ByteCache
from gpt2core.ui.server.paths import page_language
from gpt2core.ui.server.prerender import first_screen

_MOST_BYTES = 2**24  # some 400 compressed pages, or 50 that are not
_LONGEST_KEY = LONGEST_QUERY + 1000  # with the address, which the caller's headers say


class _Page(NamedTuple):
    """All that decides what is sent."""

    of_gradio: tuple[object, ...]  # what Gradio's own page depends on: the language, the address
    query: str
    device: str | None
    dtypes: tuple[str, ...]
    compressed: bool


class FirstScreen:
    """Puts the first screen into the page, which is otherwise empty until Gradio's scripts have come, and
    compresses it, which Gradio does not: 290 kB become 41."""

    def __init__(
        self, app: ASGIApp, device: Callable[[], str | None],
        dtypes: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:  # fmt: skip
        """`device` says the device's name, or None where it is not known yet, `dtypes` the number formats
        that it offers; neither must wait."""
        self.app = app
        self.device, self.dtypes = device, dtypes
        self._cache = ByteCache(_MOST_BYTES)
        self._making = asyncio.Lock()  # a class that opens the page at once asks Gradio for it once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lang = page_language(scope)
        if lang is None:
            return await self.app(scope, receive, send)
        wanted = _Page(
            (lang, *page_varies_with(scope)), scope["query_string"].decode("latin-1"),
            self.device(), self.dtypes(), takes_brotli(Headers(scope=scope).get("accept-encoding", "")),
        )  # fmt: skip
        body = self._cache.get(wanted)
        if body is None:
            async with self._making:
                page = self._cache.get(wanted.of_gradio) or await self._of_gradio(wanted, scope, receive)
            if isinstance(page, list):
                return await _send_on(page, send)
            body = self._make(page, lang, wanted)
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "br"} if wanted.compressed else {})
        answer = Response(body, media_type="text/html", headers=headers)
        if scope["method"] == "HEAD":
            answer.body = b""  # the headers are those of a GET
        return await answer(scope, receive, send)

    def _make(self, page: bytes, lang: str, wanted: _Page) -> bytes:
        body = add_to_page(page, first_screen(wanted.query, lang, wanted.device, wanted.dtypes))
        if wanted.compressed:
            body = brotli.compress(body, quality=5)
        return self._keep(wanted, body)

    def _keep(self, key: tuple[object, ...], body: bytes) -> bytes:
        if len(repr(key)) <= _LONGEST_KEY:
            self._cache.put(key, body)
        return body

    async def _of_gradio(self, wanted: _Page, scope: Scope, receive: Receive) -> bytes | list[Message]:
        """Gradio's page, or what it says instead. The query is the link's and none of Gradio's business,
        which would take `page` and `deep_link` out of it."""
        said: list[Message] = []

        async def hear(message: Message) -> None:
            said.append(message)

        await self.app({**scope, "method": "GET", "query_string": b""}, receive, hear)
        whole = len(said) == 2 and said[0]["status"] == 200 and not said[1].get("more_body")
        return self._keep(wanted.of_gradio, said[1]["body"]) if whole else said


async def _send_on(messages: list[Message], send: Send) -> None:
    for message in messages:
        await send(message)
