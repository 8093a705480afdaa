"""Whether callers still listen: a job whose caller has gone is not worth computing.

Gradio notices a closed page only when it has something to send to it, and computes for callers who never
came to listen. So the open event streams are counted (server/middleware/presence.py sees them pass by).
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from gpt2core.errors import ConfigError
from gpt2core.serving.messages import Visitor
from gpt2core.ui.client_address import rate_limit_key
from gpt2core.ui.gradio_compat import current_event_id, told_by_middleware
from gpt2core.ui.in_flight import Arrival

_PAGE_SECONDS = 15.0  # a page listens at once, but a whole class may do so
_CALL_SECONDS = 30.0  # a caller with two commands, the second of which listens
_GONE_SECONDS = 0.3  # between two streams of one page

ARRIVAL = "arrival"  # under which the rate limit leaves an Arrival for the handler
_open: Counter[str] = Counter()  # by session, or by event for those who have no session
_awaited: defaultdict[str, set[threading.Event]] = defaultdict(set)  # by the same names
_lock = threading.Lock()


@contextmanager
def listening_as(name: str) -> Iterator[None]:
    """While an event stream of this name (a session's, or an event's) is open."""
    _open[name] += 1
    with _lock:
        for came in _awaited.pop(name, ()):
            came.set()
    try:
        yield
    finally:
        _open[name] -= 1
        if not _open[name]:
            del _open[name]


def visitor_of(caller: gr.Request | None) -> Visitor:
    if caller is None:
        return Visitor()
    return Visitor(caller.session_hash, rate_limit_key(caller.client.host) if caller.client else "")


def arrival_of(caller: gr.Request | None) -> Arrival:
    """The job that the rate limit has let in for this caller; another, if it has seen none."""
    arrival = told_by_middleware(caller, ARRIVAL)
    if isinstance(arrival, Arrival):
        return arrival
    visitor = visitor_of(caller)
    return Arrival(visitor.address, visitor.session or "")


class Presence:
    """Whether the caller of the handler in which this is made is listening."""

    def __init__(self, caller: gr.Request | None) -> None:
        session = caller.session_hash if caller else None
        self._names = [name for name in (session, current_event_id()) if name]
        self._patience = _PAGE_SECONDS if session else _CALL_SECONDS
        self._last_seen = 0.0

    def wait(self) -> None:
        """Returns when the caller has come to listen. Raises ConfigError if nobody comes."""
        came = threading.Event()
        with _lock:
            for name in self._names:
                _awaited[name].add(came)
        try:
            if not self.listening() and not came.wait(self._patience):
                raise ConfigError("unheard", "", "", seconds=int(self._patience))
        finally:
            with _lock:
                for name in self._names:
                    _awaited[name].discard(came)
                    if not _awaited[name]:
                        del _awaited[name]

    def listening(self) -> bool:
        """Whether an event stream is open, or was a moment ago."""
        now = time.monotonic()
        if not self._names or any(_open[name] for name in self._names):
            self._last_seen = now
        return now - self._last_seen < _GONE_SECONDS
