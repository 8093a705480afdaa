"""Speaks the real protocol, as the page does and as the API's callers do, for many visitors at once."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import httpx
from orders import DEFAULTS, order_of
from plain_http import Answer, lines, post


@dataclass
class Outcome:
    """What one visitor got."""

    values: dict[str, Any]
    events: int = 0
    first: float | None = None  # seconds until the first text
    seconds: float = 0.0
    longest_pause: float = 0.0  # between two texts
    restarted: bool = False  # it was told that the engine was
    at: float = field(default_factory=time.perf_counter)  # of the newest text
    # Of each text: seconds since the request, and the tokens it had.
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)
    refusal: str | None = None

    @property
    def ok(self) -> bool:
        return self.refusal is None and bool(self.last.get("done"))


class Client:
    """One machine full of visitors."""

    def __init__(self, url: str, timeout: float = 300.0) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=256, keepalive_expiry=3)
        self.url = url.rstrip("/")
        self.http = httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False)
        self._page_functions: dict[str, int] = {}
        self._headers: dict[str, str] = {}

    def of(self, address: str) -> Client:
        """The same for somebody with this address, as a trusted proxy's header gives it."""
        other = copy(self)
        other._headers = {"x-forwarded-for": address}
        return other

    def with_cookie(self, value: str) -> Client:
        """The same for a visitor whom a proxy knows by this cookie."""
        other = copy(self)
        other._headers = self._headers | {"cookie": f"page={value}"}
        return other

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def page_function(self, button: str) -> int:
        """The number of the handler behind a button of the English page."""
        if not self._page_functions:
            config = (await self.http.get(f"{self.url}/config")).json()
            named = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
            for dependency in config["dependencies"]:
                for target, _ in dependency["targets"]:
                    if named.get(target) and dependency["inputs"]:
                        self._page_functions.setdefault(named[target], dependency["id"])
        return self._page_functions[button]

    async def join(self, data: list[Any], fn_index: int, session: str) -> Answer:
        body = {"data": data, "fn_index": fn_index, "session_hash": session, "trigger_id": None}
        return await post(self.url, "/gradio_api/queue/join", body, self._headers)

    async def stream(self, path: str) -> AsyncIterator[tuple[str, Any]]:
        """(event, data) of an event stream."""
        event = ""
        async with aclosing(lines(self.url, path, self._headers)) as all_lines:
            async for line in all_lines:
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:"):
                    yield event, json.loads(line[5:])

    async def as_page(
        self, values: dict[str, Any], button: str = "generate", into: Outcome | None = None
    ) -> Outcome:
        """Presses a button of the page and follows it to its end; `into` can be looked at meanwhile."""
        outcome = into or Outcome(values)
        fn_index = await self.page_function(button)
        session, start = uuid.uuid4().hex, time.perf_counter()
        full = DEFAULTS | values
        joined = await self.join([full[name] for name in order_of(button)], fn_index, session)
        if joined.status_code != 200:
            outcome.refusal, outcome.seconds = joined.text, time.perf_counter() - start
            return outcome
        return await self.follow(outcome, session, start)

    async def follow(self, outcome: Outcome, session: str, start: float) -> Outcome:
        """Listens to a page's job to its end."""
        async for _, message in self.stream(f"/gradio_api/queue/data?session_hash={session}"):
            if message["msg"] in ("process_generating", "process_completed"):
                if not message.get("success", True):
                    outcome.refusal = json.dumps(message.get("output"))
                    continue
                for value in message["output"]["data"][:1]:
                    outcome.last = _patched(outcome.last, value)
                self._note(outcome, start)
            if message["msg"] == "close_stream":
                break
        outcome.seconds = time.perf_counter() - start
        if "error" in outcome.last:
            outcome.refusal = outcome.last["error"]
        return outcome

    async def as_api(
        self, values: dict[str, Any], endpoint: str = "generate", headers: dict[str, str] | None = None,
        into: Outcome | None = None,
    ) -> Outcome:  # fmt: skip
        """Calls an endpoint and follows it to its end; `into` as for `as_page`."""
        outcome = into or Outcome(values)
        start = time.perf_counter()
        full = DEFAULTS | values
        call = f"/gradio_api/call/{endpoint}"
        body = {"data": [full[name] for name in order_of(endpoint)]}
        joined = await post(self.url, call, body, self._headers | (headers or {}))
        if joined.status_code != 200:
            outcome.refusal, outcome.seconds = joined.text, time.perf_counter() - start
            return outcome
        async for event, data in self.stream(f"{call}/{joined.json()['event_id']}"):
            if event == "error":
                outcome.refusal = json.dumps(data, ensure_ascii=False)
            elif event in ("generating", "complete") and data:
                outcome.last = data[0]
                self._note(outcome, start)
        outcome.seconds = time.perf_counter() - start
        return outcome

    @staticmethod
    def _note(outcome: Outcome, start: float) -> None:
        now = time.perf_counter()
        outcome.events += 1
        outcome.restarted = outcome.restarted or outcome.last.get("notice") == "restarted"
        if not outcome.last.get("text") or outcome.last.get("notice"):
            return
        if outcome.first is None:
            outcome.first = now - start
        outcome.longest_pause = max(outcome.longest_pause, now - outcome.at)
        outcome.at = now
        outcome.arrivals.append((now - start, outcome.last.get("n_tokens", 0)))


def _patched(old: Any, value: Any) -> Any:
    """Gradio sends what changed: a list of [action, path, value]; the first time the whole."""
    if not (isinstance(value, list) and all(isinstance(op, list) and len(op) == 3 for op in value)):
        return value
    root: dict[str, Any] = {"root": json.loads(json.dumps(old))}
    for action, path, new in value:
        steps: list[Any] = ["root", *path]
        *way, last = steps
        node: Any = root
        for key in way:
            node = node[key]
        if action == "delete":
            del node[last]
        elif action == "append":
            node[last] += new
        elif action == "add" and isinstance(node, list):
            node.insert(last, new)
        else:
            node[last] = new
    return root["root"]
