"""What the web server does besides Gradio's own: routes, language, and plain words for failures."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import parse_qs

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.text import LANGUAGES, t
from gpt2core.ui import assets


def health(_: Request) -> Response:
    """Alive, and how many tokens this process has decoded: a number that stands still at rest."""
    generate = sys.modules.get("gpt2core.generate")
    return JSONResponse({"status": "ok", "steps_decoded": generate.steps_decoded() if generate else 0})


def refuse_upload(_: Request) -> Response:
    return JSONResponse({"error": t("error.upload", "en")}, 403)


def unexpected(_: Request, error: Exception) -> Response:
    """Instead of the framework's bare 500. Starlette logs the traceback."""
    status = 400 if isinstance(error, ValueError | TypeError) else 503
    return JSONResponse({"error": t("error.unexpected", "en")}, status)


class Languages:
    """Sends `/?lang=vi` to `/vi` and `/vi?lang=en` to `/`: a Space hands on the query, not the
    path. The target is relative, so it holds behind a proxy's prefix too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            query = scope["query_string"].decode("latin-1")
            here = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
            wanted = parse_qs(query).get("lang", [""])[-1]
            page = "" if wanted == LANGUAGES[0] else wanted
            if wanted in LANGUAGES and here in ("", *LANGUAGES[1:]) and here != page:
                response = Response(status_code=307, headers={"Location": f"./{page}?{query}"})
                return await response(scope, receive, send)
        return await self.app(scope, receive, send)


def app_kwargs() -> dict[str, Any]:
    """For `launch(app_kwargs=...)`: our routes stand before Gradio's."""
    return {
        "routes": [
            assets.ROUTE,
            Route("/health", health),
            Route("/gradio_api/upload", refuse_upload, methods=["GET", "POST"]),
        ],
        "middleware": [Middleware(Languages)],
        "exception_handlers": {Exception: unexpected},
        "docs_url": None, "redoc_url": None, "openapi_url": None,
    }  # fmt: skip
