"""Turns those away at the door who ask too often, or come when the house is full.

Gradio takes about 20 ms of the server for each request, whatever comes of it; what is refused here
never gets that far, so a flood costs those who flood. Jobs, which compute, are counted by themselves: of
more than the house takes at once the rest hears so at once, before the first have even begun.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpt2core.requests import MAX_JOBS, MAX_JOBS_PER_ADDRESS
from gpt2core.text import LANGUAGES, t

_PATHS = ("/gradio_api/queue/join", "/gradio_api/call/")
_MOST_BYTES = 2**20  # the longest prompt, escaped, is a fraction of that
# (a second, at once): a slider moved by a key that is held down asks several times a second; a school
# shares one address.
_PER_SESSION, _PER_ADDRESS = (10.0, 60.0), (60.0, 400.0)
# Jobs: nobody presses a button more often than this, and a house full of short ones is through in 10 s.
_JOBS_PER_SESSION = (1.0, 10.0)
_JOBS_PER_ADDRESS, _JOBS = (20.0, MAX_JOBS_PER_ADDRESS), (25.0, MAX_JOBS)
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
    """`full` says whether the house is; `jobs` are the functions that compute, by number and by name."""

    def __init__(self, app: ASGIApp, full: Callable[[], bool], jobs: Collection[str] = ()) -> None:
        self.app, self.full, self.jobs = app, full, jobs
        self._sessions, self._addresses = Buckets(*_PER_SESSION), Buckets(*_PER_ADDRESS)
        self._session_jobs, self._address_jobs = Buckets(*_JOBS_PER_SESSION), Buckets(*_JOBS_PER_ADDRESS)
        self._all_jobs = Buckets(*_JOBS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or scope["method"] != "POST" or not path.startswith(_PATHS):
            return await self.app(scope, receive, send)
        body = await _read(receive)
        refusal = self._refusal(scope, path, body)
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

    def _refusal(self, scope: Scope, path: str, body: bytes) -> tuple[int, str] | None:
        """Status and text, if there is a reason."""
        if len(body) > _MOST_BYTES:
            return 413, "error.too_much"
        now, call = time.monotonic(), _call(body)
        address = (scope.get("client") or ("",))[0]
        session = call.get("session_hash")
        session = session if isinstance(session, str) else ""
        if (session and not self._sessions.take(session, now)) or not self._addresses.take(address, now):
            return 429, "error.too_often"
        if self.full():
            return 503, "error.full"
        name = path.rstrip("/").rpartition("/")[2]
        if name not in self.jobs and str(call.get("fn_index")) not in self.jobs:
            return None
        if session and not self._session_jobs.take(session, now):
            return 429, "error.too_often"
        if not self._address_jobs.take(address, now):
            return 429, "error.crowd"
        return None if self._all_jobs.take("", now) else (503, "error.full")


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more and len(body) <= _MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _call(body: bytes) -> dict[str, Any]:
    try:
        call = json.loads(body)
    except (ValueError, RecursionError):
        return {}  # Gradio says what is wrong with it
    return call if isinstance(call, dict) else {}


def _language(scope: Scope) -> str:
    """That of the page from which the request comes."""
    referer = dict(scope["headers"]).get(b"referer", b"").decode("latin-1")
    page = referer.partition("?")[0].rstrip("/").rpartition("/")[2]
    return page if page in LANGUAGES else LANGUAGES[0]
