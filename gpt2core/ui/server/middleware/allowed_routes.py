"""Answers what the page and the API use, and nothing else."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.ui.server.paths import route_path
from gpt2core.ui.server.refusals import refuse


class AllowedRoutes:
    """What is not in `routes` is 404, whatever Gradio or its next version would make of it.

    `routes` are methods and paths, with parameters as Starlette's routes have them. They are compared with
    the decoded path that the router will see, so that no way of writing it leads to another route.
    """

    def __init__(self, app: ASGIApp, routes: Collection[tuple[str, str]]) -> None:
        self.app = app
        self._allowed: defaultdict[str, list[re.Pattern[str]]] = defaultdict(list)
        for method, path in routes:
            self._allowed[method].append(compile_path(path)[0])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close"})
        if scope["type"] == "http":
            path = route_path(scope)
            if not any(pattern.fullmatch(path) for pattern in self._allowed.get(scope["method"], ())):
                return await refuse(scope, 404, "error.no_route")(scope, receive, send)
        return await self.app(scope, receive, send)
