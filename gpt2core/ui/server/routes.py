"""The app's own routes and middleware, which stand before Gradio's."""

from __future__ import annotations

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from gpt2core.ui import gradio_compat
from gpt2core.ui.dispatch import IN_FLIGHT, JOBS, METRICS, known_device, known_dtypes
from gpt2core.ui.server import downloads, operations, qr, static_files
from gpt2core.ui.server.callable_functions import callable_functions
from gpt2core.ui.server.middleware.allowed_routes import AllowedRoutes
from gpt2core.ui.server.middleware.forwarded_host import ForwardedHost
from gpt2core.ui.server.middleware.language import LanguageRedirect
from gpt2core.ui.server.middleware.plain_errors import PlainErrors
from gpt2core.ui.server.middleware.prerender import FirstScreen
from gpt2core.ui.server.middleware.presence import PresenceMiddleware
from gpt2core.ui.server.middleware.rate_limit import RateLimit
from gpt2core.ui.server.middleware.stream_limit import StreamLimit
from gpt2core.ui.server.paths import PAGES, WRITTEN_WITH_SLASH

OWN_ROUTES = (static_files.ROUTE, *downloads.ROUTES, *qr.ROUTES, *operations.ROUTES)


def allowed_routes(app: gr.Blocks) -> list[tuple[str, str]]:
    """Every method and path that is answered."""
    own = [(method, route.path) for route in OWN_ROUTES for method in sorted(route.methods or ())]
    pages = [(method, path) for path in (*PAGES, *WRITTEN_WITH_SLASH) for method in ("GET", "HEAD")]
    calls = [
        route for name in gradio_compat.public_functions(app) for route in gradio_compat.call_routes(name)
    ]
    return [*own, *pages, *gradio_compat.ROUTES, *calls]


def app_kwargs(app: gr.Blocks) -> dict[str, Any]:
    """For `app.launch(app_kwargs=...)`."""
    return {
        "routes": list(OWN_ROUTES),
        "middleware": [
            Middleware(AllowedRoutes, routes=allowed_routes(app)),
            Middleware(PlainErrors),
            Middleware(ForwardedHost),
            Middleware(
                RateLimit,
                in_flight=IN_FLIGHT,
                functions=callable_functions(app, JOBS),
                refused=METRICS.refused,
            ),
            Middleware(LanguageRedirect),
            Middleware(FirstScreen, device=known_device, dtypes=known_dtypes),
            Middleware(StreamLimit),
            Middleware(PresenceMiddleware),
        ],
        "docs_url": None,
        "redoc_url": None,
        "openapi_url": None,
    }
