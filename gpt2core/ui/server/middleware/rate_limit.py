"""The rate limit: refuses who asks too often, and jobs beyond what the server takes.

Gradio takes about 20 ms of the server for each call, whatever comes of it; what is refused here never gets
that far, so a flood costs those who flood. Jobs, which compute, are counted as they pass: of more than the
server takes the rest is refused before the first have even begun.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.runtime.settings import SETTINGS, Settings
from gpt2core.ui.gradio_compat import CALL_PATH, DOCUMENTS, JOIN_PATH, told_to_handler
from gpt2core.ui.in_flight import InFlight
from gpt2core.ui.presence import ARRIVAL
from gpt2core.ui.server import limits
from gpt2core.ui.server.callable_functions import CallableFunction
from gpt2core.ui.server.fair_gate import FairGate
from gpt2core.ui.server.open_counter import OpenCounter
from gpt2core.ui.server.paths import PAGES, address_of, route_path
from gpt2core.ui.server.refusals import refuse
from gpt2core.ui.server.request_body import TooLong, call_in, read_body, replay
from gpt2core.ui.server.token_buckets import TokenBuckets

log = logging.getLogger(__name__)
_QR_PATH, _EXPORT_PATH = "/qr", "/export/"
_AT_A_TIME = 4  # let through to Gradio, so that the rest is looked at meanwhile, and refused if it must be


class Refusal(NamedTuple):
    """An HTTP status, a text, and what it says."""

    status: int
    key: str
    params: Mapping[str, object] = {}


class RateLimit:
    """`in_flight` counts the jobs there are; `functions` are what can be called, by number and by name;
    `refused` is told why somebody was."""

    def __init__(
        self, app: ASGIApp, in_flight: InFlight, functions: Mapping[str, CallableFunction],
        settings: Settings = SETTINGS, refused: Callable[[str], None] = lambda reason: None,
    ) -> None:  # fmt: skip
        self.app, self.in_flight, self.functions, self._settings = app, in_flight, functions, settings
        self._refused = refused
        self._sessions = TokenBuckets(limits.CALLS_PER_SESSION)
        self._addresses = TokenBuckets(limits.CALLS_PER_ADDRESS)
        self._session_jobs = TokenBuckets(limits.OVERLAPPING_JOBS_PER_SESSION)
        self._pages = TokenBuckets(limits.PAGES_PER_ADDRESS)
        self._qr_codes = TokenBuckets(limits.QR_CODES_PER_ADDRESS)
        self._bodies = OpenCounter(limits.BODIES_PER_ADDRESS, limits.BODIES)
        self._address_jobs = TokenBuckets(limits.JOBS_PER_ADDRESS)
        self._gate = FairGate(_AT_A_TIME)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["method"] == "POST":
            return await self._post(scope, receive, send)
        bucket = self._bucket(route_path(scope))
        if bucket and not bucket.take(address_of(scope), time.monotonic()):
            return await refuse(scope, 429, "error.too_often")(scope, receive, send)
        return await self.app(scope, receive, send)

    def _bucket(self, path: str) -> TokenBuckets | None:
        """What a GET is counted in; None for files and streams."""
        if path.startswith(_QR_PATH):
            return self._qr_codes
        return self._pages if path in PAGES or path in DOCUMENTS or path.startswith(_EXPORT_PATH) else None

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, address = route_path(scope), address_of(scope)
        body = await self._body(scope, receive, address)
        if isinstance(body, Refusal):
            return await self._refuse(body, scope, receive, send)
        call = call_in(body)
        arrival = None
        if path.startswith((JOIN_PATH, CALL_PATH)):
            # A call by name in the path, or one of the page's own by number.
            named = path.rpartition("/")[2] if path.startswith(CALL_PATH) else str(call.get("fn_index"))
            function = self.functions.get(named)
            refusal = self._misfit(call, function) or self._crowding(address, call, function)
            if refusal:
                return await self._refuse(refusal, scope, receive, send)
            if function and isinstance(call.get("data"), list) and len(call["data"]) < function.inputs:
                body = json.dumps(call | {"data": function.filled(call["data"])}).encode()
            if function and function.is_job:
                arrival = self.in_flight.admit(address, _session(call))
                told_to_handler(scope, ARRIVAL, arrival)
        try:
            async with self._gate.through(address):
                return await self.app(scope, replay(body, receive), send)
        finally:
            if arrival:
                arrival.answered = time.monotonic()

    async def _body(self, scope: Scope, receive: Receive, address: str) -> bytes | Refusal:
        with self._bodies.one_more(address) as room:
            if not room:
                return Refusal(429, "error.too_often")
            try:
                return await read_body(scope, receive)
            except TooLong:
                return Refusal(413, "error.too_much")
            except TimeoutError:
                return Refusal(408, "error.slow_body", {"seconds": round(limits.BODY_SECONDS)})

    def _misfit(self, call: dict[str, Any], function: CallableFunction | None) -> Refusal | None:
        """Whether the call does not fit: Gradio would say nothing to the caller, and a page to the log."""
        if "fn_index" in call and type(call["fn_index"]) is not int:
            # Gradio would take 7.0 and " 7" for 7, and nobody would count the job.
            return Refusal(400, "error.call")
        data = call.get("data")
        if function is None or not isinstance(data, list) or len(data) == function.inputs:
            return None
        if function.defaults is None:
            return Refusal(400, "error.call")
        if len(data) < function.inputs:
            return None
        names = ", ".join(function.defaults)
        too_many = {"name": function.name, "most": function.inputs, "given": len(data), "names": names}
        return Refusal(400, "error.values", too_many)

    def _crowding(
        self, address: str, call: dict[str, Any], function: CallableFunction | None
    ) -> Refusal | None:
        """Whether there is too much of this."""
        now, session = time.monotonic(), _session(call)
        if (session and not self._sessions.take(session, now)) or not self._addresses.take(address, now):
            return Refusal(429, "error.too_often")
        if function is None or not function.is_job:
            return None
        if not self._address_jobs.take(address, now):
            return Refusal(429, "error.too_often")
        overlapping = bool(session and self.in_flight.count(session=session))
        if overlapping and not self._session_jobs.take(session, now):
            return Refusal(429, "error.too_often")
        if self.in_flight.count() >= self._settings.max_jobs:
            return Refusal(503, "error.full")
        if self.in_flight.count(address) >= self._settings.max_jobs_per_address:
            return Refusal(429, "error.crowd")
        return None

    async def _refuse(self, refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        log.info("refused before a job was made: %d %s", refusal.status, refusal.key)
        self._refused(refusal.key.removeprefix("error."))
        await refuse(scope, refusal.status, refusal.key, **refusal.params)(scope, receive, send)


def _session(call: dict[str, Any]) -> str:
    session = call.get("session_hash")
    return session if isinstance(session, str) else ""
