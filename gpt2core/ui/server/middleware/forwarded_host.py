"""The address under which a visitor reaches the page, where a trusted proxy says it."""

from __future__ import annotations

import os
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_HOST = re.compile(r"[\w.:\[\]-]{1,255}")


class ForwardedHost:
    """Puts `X-Forwarded-Host` in the place of `Host` where uvicorn has believed the proxy's other headers:
    it reads `X-Forwarded-For` and `-Proto` of those that FORWARDED_ALLOW_IPS names, but not the host."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")  # as uvicorn has it
        self._trusted = ProxyHeadersMiddleware(app, trusted).trusted_hosts  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._from_proxy(scope):
            host = Headers(scope=scope).get("x-forwarded-host", "").partition(",")[0].strip()
            if _HOST.fullmatch(host):
                scope = {**scope, "headers": list(scope["headers"])}
                MutableHeaders(scope=scope)["host"] = host
        return await self.app(scope, receive, send)

    def _from_proxy(self, scope: Scope) -> bool:
        """Whether a trusted proxy has sent this. Where it has said for whom, its own address is no longer
        here, but the caller's, with the port 0, which no connection has."""
        host, port = scope.get("client") or ("", None)
        return port == 0 or host in self._trusted
