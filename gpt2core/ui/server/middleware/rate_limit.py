"""The rate limit: refuses who asks too often, and jobs beyond what the server takes.

Gradio takes about 20 ms of the server for each request, whatever comes of it; what is refused here
never gets that far, so a flood costs those who flood. Jobs, which compute, are counted as they pass: of
more than the server takes the rest is refused before the first have even begun.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpt2core.i18n import LANGUAGES, t
from gpt2core.runtime.settings import SETTINGS, Settings
from gpt2core.ui.gradio_compat import CALL_PATH, CLOSED_PATHS, JOIN_PATH
from gpt2core.ui.in_flight import InFlight

log = logging.getLogger(__name__)
_MOST_BYTES = 2**20  # the longest prompt, escaped, is a fraction of that
# (a second, at once): a slider moved by a key that is held down asks several times a second; a school
# shares one address.
_PER_SESSION, _PER_ADDRESS = (10.0, 60.0), (60.0, 400.0)
_QR_PATH, _QR_CODES_PER_ADDRESS = "/qr", (5.0, 200.0)  # up to 0.05 s each
_JOBS_PER_SESSION = (1.0, 10.0)  # nobody presses a button more often
_AT_A_TIME = 4  # let through to Gradio, so that the rest is looked at meanwhile, and refused if it must be
_REMEMBERED = 10_000


class TokenBuckets:
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


class RateLimit:
    """`in_flight` counts the jobs there are; `jobs` are the functions that make one, and `inputs` how many
    values each function takes, both by number and by name."""

    def __init__(
        self, app: ASGIApp, in_flight: InFlight, jobs: Collection[str], inputs: Mapping[str, int],
        settings: Settings = SETTINGS,
    ) -> None:  # fmt: skip
        self.app, self.in_flight, self.jobs, self.inputs = app, in_flight, jobs, inputs
        self._settings = settings
        self._sessions, self._addresses = TokenBuckets(*_PER_SESSION), TokenBuckets(*_PER_ADDRESS)
        self._session_jobs = TokenBuckets(*_JOBS_PER_SESSION)
        self._qr_codes = TokenBuckets(*_QR_CODES_PER_ADDRESS)
        self._gate = asyncio.Semaphore(_AT_A_TIME)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        address = (scope.get("client") or ("",))[0]
        qr_code = scope["type"] == "http" and path.startswith(_QR_PATH)
        if qr_code and not self._qr_codes.take(address, time.monotonic()):
            return await _refuse(scope, 429, "error.too_often")(scope, receive, send)
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        if path.startswith(CLOSED_PATHS):
            return await _refuse(scope, 403, "error.call")(scope, receive, send)
        body = await _read(receive)
        if not path.startswith((JOIN_PATH, CALL_PATH)) and len(body) <= _MOST_BYTES:
            return await self.app(scope, _replay(body, receive), send)
        call = _call(body)
        # A call by name in the path, or one of the page's own by number.
        named = path.rstrip("/").rpartition("/")[2]
        function = named if named in self.inputs else str(call.get("fn_index"))
        refusal = self._refusal(address, call, function, len(body))
        if refusal:
            log.info("refused before a job was made: %d %s", *refusal)
            return await _refuse(scope, *refusal)(scope, receive, send)
        arrival = self.in_flight.admit(address) if function in self.jobs else None
        try:
            async with self._gate:
                return await self.app(scope, _replay(body, receive), send)
        finally:
            if arrival:
                arrival.answered = time.monotonic()

    def _refusal(
        self, address: str, call: dict[str, Any], function: str, n_bytes: int
    ) -> tuple[int, str] | None:
        """Status and text, if there is a reason."""
        if n_bytes > _MOST_BYTES:
            return 413, "error.too_much"
        if "fn_index" in call and type(call["fn_index"]) is not int:
            return 400, "error.call"  # Gradio would take 7.0 and " 7" for 7, and nobody would count the job
        data = call.get("data")
        if isinstance(data, list) and len(data) != self.inputs.get(function, len(data)):
            return 400, "error.call"  # Gradio says nothing to the caller, and a page to the log
        now, session = time.monotonic(), call.get("session_hash")
        session = session if isinstance(session, str) else ""
        if (session and not self._sessions.take(session, now)) or not self._addresses.take(address, now):
            return 429, "error.too_often"
        if function not in self.jobs:
            return None
        if session and not self._session_jobs.take(session, now):
            return 429, "error.too_often"
        if self.in_flight.count() >= self._settings.max_jobs:
            return 503, "error.full"
        if self.in_flight.count(address) >= self._settings.max_jobs_per_address:
            return 429, "error.crowd"
        return None


def _refuse(scope: Scope, status: int, key: str) -> JSONResponse:
    """A sentence in the visitor's language. (Gradio's page and its client look for different names.)"""
    sentence = t(key, _language(scope))
    return JSONResponse({"error": sentence, "detail": sentence}, status)


def _replay(body: bytes, receive: Receive) -> Receive:
    """What has been read already, and then whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


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
