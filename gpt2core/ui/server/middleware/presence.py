"""Tells presence.py of each event stream while it is open."""

from __future__ import annotations

from contextlib import nullcontext
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.ui.gradio_compat import CALL_PATH, STREAM_PATH
from gpt2core.ui.presence import listening_as


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
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    if path == STREAM_PATH:
        return str(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0])
    return str(path.rpartition("/")[2]) if path.startswith(CALL_PATH) else ""
