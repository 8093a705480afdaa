"""Tells presence.py of each event stream while it is open."""

from __future__ import annotations

from contextlib import nullcontext
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.ui.gradio_compat import CALL_PATH, STREAM_PATH
from gpt2core.ui.presence import listening_as
from gpt2core.ui.server.paths import route_path


class PresenceMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = _listener(scope)
        with listening_as(name) if name else nullcontext():
            await self.app(scope, receive, send)


def _listener(scope: Scope) -> str:
    """The name under which a request listens, if it does."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return ""
    path = route_path(scope)
    if path == STREAM_PATH:
        return str(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0])
    return path.rpartition("/")[2] if path.startswith(CALL_PATH) else ""
