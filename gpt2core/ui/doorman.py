"""Turns those away at the door who ask too often, or come when the house is full.

Gradio takes about 20 ms of the server for each request, whatever comes of it. A refusal here takes
a fraction of one, so a flood costs those who flood.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpt2core.text import LANGUAGES, t

_PATHS = ("/gradio_api/queue/join", "/gradio_api/call/")
_MOST_BYTES = 2**20  # the longest prompt, escaped, is a fraction of that
# (a second, at once): a slider moved by a key that is held down asks about eight times a second; a
# school shares one address.
_PER_SESSION, _PER_ADDRESS = (10.0, 60.0), (60.0, 400.0)
_REMEMBERED = 10_000


class Buckets:
    """For each name so many requests a second, and so many at once after a rest."""

    def __init__(self, per_second: float, at_once: float) -> None:
        self.per_second, self.at_once = per_second, at_once
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # requests left, and when

    def take(self, name: str, now: float) -> bool:
        """Whether there is one left for `name`."""
        left, then = self._left.pop(name, (self.at_once, now))
        left = min(self.at_once, left + (now - then) * self.per_second)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return left >= 1


class Doorman:
    """`full` says whether the house is."""

    def __init__(self, app: ASGIApp, full: Callable[[], bool]) -> None:
        self.app, self.full = app, full
        self._sessions, self._addresses = Buckets(*_PER_SESSION), Buckets(*_PER_ADDRESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or scope["method"] != "POST" or not path.startswith(_PATHS):
            return await self.app(scope, receive, send)
        body = await _read(receive)
        refusal = self._refusal(scope, body)
        if refusal:
            status, key = refusal
            sentence = t(key, _language(scope))
            return await JSONResponse({"error": sentence, "detail": sentence}, status)(scope, receive, send)
        sent = False

        async def again() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        return await self.app(scope, again, send)

    def _refusal(self, scope: Scope, body: bytes) -> tuple[int, str] | None:
        """Status and text, if there is a reason."""
        if len(body) > _MOST_BYTES:
            return 413, "error.too_much"
        now = time.monotonic()
        address = (scope.get("client") or ("",))[0]
        session = _session(body)
        if (session and not self._sessions.take(session, now)) or not self._addresses.take(address, now):
            return 429, "error.too_often"
        return (503, "error.full") if self.full() else None


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more and len(body) <= _MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _session(body: bytes) -> str:
    try:
        session = json.loads(body).get("session_hash")
    except (ValueError, AttributeError, RecursionError):
        return ""  # Gradio says what is wrong with it
    return session if isinstance(session, str) else ""


def _language(scope: Scope) -> str:
    """That of the page from which the request comes."""
    referer = dict(scope["headers"]).get(b"referer", b"").decode("latin-1")
    page = referer.partition("?")[0].rstrip("/").rpartition("/")[2]
    return page if page in LANGUAGES else LANGUAGES[0]
