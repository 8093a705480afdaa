"""The app's own routes and middleware, which stand before Gradio's."""

from __future__ import annotations

from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gpt2core.i18n import t
from gpt2core.ui.dispatch import ENGINE, IN_FLIGHT, JOBS, known_device
from gpt2core.ui.gradio_compat import ABSENT_PATHS, UPLOAD_PATH, functions_of
from gpt2core.ui.server import downloads, qr, static_files
from gpt2core.ui.server.middleware.language import LanguageRedirect
from gpt2core.ui.server.middleware.plain_errors import PlainErrors
from gpt2core.ui.server.middleware.prerender import FirstScreen
from gpt2core.ui.server.middleware.presence import PresenceMiddleware
from gpt2core.ui.server.middleware.rate_limit import RateLimit


def health(_: Request) -> Response:
    """Alive, and how the engine does; `steps_decoded` stands still at rest."""
    engine = ENGINE.status
    return JSONResponse({"status": "ok", "steps_decoded": engine.steps_decoded,
                         "running": engine.running, "waiting": engine.waiting})  # fmt: skip


def not_found(_: Request) -> Response:
    return Response("not found", 404)


def refuse_upload(_: Request) -> Response:
    return JSONResponse({"error": t("error.upload", "en")}, 403)


def app_kwargs(app: gr.Blocks) -> dict[str, Any]:
    """For `app.launch(app_kwargs=...)`."""
    functions = functions_of(app)
    jobs = frozenset(name for name, fn in functions.items() if fn.concurrency_id == JOBS)
    inputs = {name: len(fn.inputs) for name, fn in functions.items()}
    return {
        "routes": [
            static_files.ROUTE,
            downloads.ROUTE,
            *qr.ROUTES,
            Route("/health", health),
            *(Route(path, not_found) for path in ABSENT_PATHS),
            Route(UPLOAD_PATH, refuse_upload, methods=["GET", "POST"]),
        ],
        "middleware": [
            Middleware(PlainErrors),
            Middleware(LanguageRedirect),
            Middleware(FirstScreen, device=known_device),
            Middleware(PresenceMiddleware),
            Middleware(RateLimit, in_flight=IN_FLIGHT, jobs=jobs, inputs=inputs),
        ],
        "docs_url": None,
        "redoc_url": None,
        "openapi_url": None,
    }
