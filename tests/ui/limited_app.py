"""The rate limit in front of an app that says what it was sent."""

from __future__ import annotations

from typing import TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from gpt2core.ui.in_flight import InFlight
from gpt2core.ui.server.callable_functions import CallableFunction
from gpt2core.ui.server.middleware.rate_limit import RateLimit

JOIN, CALL = "/gradio_api/queue/join", "/gradio_api/call/generate"
Limited: TypeAlias = tuple[TestClient, InFlight]
FUNCTIONS = {
    "7": CallableFunction("press", 2, is_job=True),
    "8": CallableFunction("release", 0),
    "generate": CallableFunction("generate", 3, is_job=True, defaults={"a": 1, "b": True, "c": "x"}),
}


def limited_app() -> Limited:
    """Its client, and the jobs that are counted."""

    async def echo(request: Request) -> JSONResponse:
        body = await request.body()
        return JSONResponse({"length": len(body), "body": body.decode(errors="replace")})

    app = Starlette(routes=[Route(path, echo, methods=["POST"]) for path in (JOIN, CALL, "/other")])
    flight = InFlight()
    app.add_middleware(RateLimit, in_flight=flight, functions=FUNCTIONS)
    return TestClient(app), flight
