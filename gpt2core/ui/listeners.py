"""Who asks, and whether they still listen: a job that nobody would hear is not worth computing.

Gradio notices a closed page only when it has something to say to it, and computes for callers who never
came to listen. So the open event streams are counted here, as they pass by.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qs

import gradio as gr
from gradio.context import LocalContext
from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.requests import Visitor

_STREAM, _CALL = "/gradio_api/queue/data", "/gradio_api/call/"
_FIRST_SECONDS = 60.0  # a caller with two commands, the second of which listens
_PAGE_SECONDS = 5.0  # a page listens at once
_GONE_SECONDS = 0.5  # between two streams of one page

_open: Counter[str] = Counter()  # by session, or by event for those who have no session


class Listeners:
    """Counts event streams while they are open."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = _listener(scope)
        if not name:
            return await self.app(scope, receive, send)
        _open[name] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            _open[name] -= 1
            if not _open[name]:
                del _open[name]


def _listener(scope: Scope) -> str:
    """The name under which a request listens, if it does."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return ""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    if path == _STREAM:
        return str(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0])
    return str(path.rpartition("/")[2]) if path.startswith(_CALL) else ""


def visitor_of(caller: gr.Request | None) -> Visitor:
    if caller is None:
        return Visitor()
    return Visitor(caller.session_hash, caller.client.host if caller.client else "")


def listens(caller: gr.Request | None) -> Callable[[], bool]:
    """For a handler's job: a function that says whether its caller still listens."""
    names = [n for n in (caller.session_hash if caller else None, LocalContext.event_id.get(None)) if n]
    patience = _PAGE_SECONDS if caller and caller.session_hash else _FIRST_SECONDS
    last_heard = time.monotonic() + patience - _GONE_SECONDS

    def listening() -> bool:
        nonlocal last_heard
        now = time.monotonic()
        if any(_open[name] for name in names):
            last_heard = now
        return not names or now - last_heard < _GONE_SECONDS

    return listening
