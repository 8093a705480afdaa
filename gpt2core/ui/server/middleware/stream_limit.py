"""Bounds the event streams that are open at one time: each holds a connection and a task."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.ui.gradio_compat import is_stream
from gpt2core.ui.server.limits import STREAMS, STREAMS_PER_ADDRESS
from gpt2core.ui.server.open_counter import OpenCounter
from gpt2core.ui.server.paths import address_of, route_path
from gpt2core.ui.server.refusals import refuse


class StreamLimit:
    def __init__(self, app: ASGIApp, per_address: int = STREAMS_PER_ADDRESS, total: int = STREAMS) -> None:
        self.app = app
        self._open = OpenCounter(per_address, total)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not is_stream(route_path(scope)):
            return await self.app(scope, receive, send)
        with self._open.one_more(address_of(scope)) as room:
            answer = self.app if room else refuse(scope, 429, "error.streams")
            return await answer(scope, receive, send)
