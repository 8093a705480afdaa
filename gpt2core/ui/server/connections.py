"""What a connection may do before a request has come over it.

Gradio starts uvicorn, hands on none of its limits, and uvicorn has none for slow headers. Both are set on
the running server: it looks at its configuration again for each connection.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

from gpt2core.ui.server.limits import CONNECTIONS, HEADER_SECONDS

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as _Protocol
else:
    _Protocol = object  # it may as well be the one for h11
_FILES_BESIDES = 256  # that the server has open for itself


def limit_connections(config: uvicorn.Config, seconds: float = HEADER_SECONDS) -> None:
    """From now on more connections than CONNECTIONS get 503, and one is closed that brings no request
    within `seconds`."""
    config.limit_concurrency = CONNECTIONS
    bases = (_ClosesInTime, config.http_protocol_class)
    config.http_protocol_class = type("ClosesInTime", bases, {"seconds": seconds})
    _allow_files(CONNECTIONS + _FILES_BESIDES)


class _ClosesInTime(_Protocol):
    """Gives uvicorn's protocol a time limit from the open connection to the end of a request's headers."""

    seconds: float
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_request()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _wait_for_request(self) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(self.seconds, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


def _allow_files(wanted: int) -> None:
    """Each connection is an open file, of which many systems allow 1024 to begin with."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
