"""What the web server does besides Gradio's own: routes, language, and plain words for failures."""

from __future__ import annotations

import gc
import os
import signal
import traceback
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.route_utils import FnIndexInferError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpt2core.requests import LAST_SECONDS
from gpt2core.text import LANGUAGES, t
from gpt2core.ui import assets, downloads, links
from gpt2core.ui.doorman import Doorman
from gpt2core.ui.first_screen import FirstScreen
from gpt2core.ui.listeners import Listeners
from gpt2core.ui.where import COMPUTER, GUESTS, JOBS

PROXIES = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"  # private addresses, RFC 1918
CALLS = tuple(f"/gradio_api/{kind}/" for kind in ("call", "queue", "run", "api"))

# What Gradio raises for an unknown function (its number, its name) and an unknown argument.
MISFITS = (LookupError, FnIndexInferError, TypeError)


def health(_: Request) -> Response:
    """Alive, and how the computing does; `steps_decoded` stands still at rest."""
    figures = ("steps_decoded", "running", "waiting")
    return JSONResponse({"status": "ok"} | {name: COMPUTER.vital.get(name, 0) for name in figures})


def not_found(_: Request) -> Response:
    """Gradio's `file=` fetches any public address for whoever asks, and nothing here serves files."""
    return Response("not found", 404)


def refuse_upload(_: Request) -> Response:
    return JSONResponse({"error": t("error.upload", "en")}, 403)


class PlainFailures:
    """A failure that nobody caught becomes a sentence. (Starlette's own handler for this sends
    its answer and then breaks the connection.)

    What a handler raises reaches the caller in the event stream. What is raised here on the way to one
    mostly comes from a call that does not fit: an unknown function or argument.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            called = scope["type"] == "http" and scope["path"].startswith(CALLS)
            if started and called and isinstance(error.__cause__, HTTPException):
                # Who listens where nothing is to be heard: the stream has told them, and needs an end.
                return await send({"type": "http.response.body", "body": b""})
            if started or scope["type"] != "http":
                raise
            misfit = called and isinstance(error, MISFITS)
            if not misfit:
                traceback.print_exception(error)
            key, status = ("error.call", 400) if misfit else ("error.unexpected", 503)
            await JSONResponse({"error": t(key, "en")}, status)(scope, receive, send)


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


def settle() -> None:
    """Takes what the page is made of out of the garbage collector's sight: going through Gradio's objects
    would stop everything for 0.2 s now and then."""
    gc.collect()
    gc.freeze()


def wait_for_the_end() -> None:
    """Returns after SIGTERM or Ctrl-C, when running jobs have ended or LAST_SECONDS are over."""
    # A second signal may come while the first is handled: an Event would wait for itself.
    stop: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: stop.put(number))
    stop.get()
    COMPUTER.close(LAST_SECONDS)


def trust_the_proxy() -> None:
    """On a Space all requests come from its proxy, on a private address, and without this all the world
    would be one visitor. uvicorn takes the last address in `X-Forwarded-For` that no proxy has."""
    if "SPACE_ID" in os.environ:
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PROXIES)


def functions_of(app: gr.Blocks) -> dict[str, BlockFunction]:
    """Those that a request can call, by number and by name."""
    by_name = {str(fn.api_name): fn for fn in app.fns.values() if fn.api_name}
    return by_name | {str(number): fn for number, fn in app.fns.items()}


def app_kwargs(app: gr.Blocks) -> dict[str, Any]:
    """For `app.launch(app_kwargs=...)`: our routes stand before Gradio's."""
    functions = functions_of(app)
    jobs = frozenset(name for name, fn in functions.items() if fn.concurrency_id == JOBS)
    inputs = {name: len(fn.inputs) for name, fn in functions.items()}
    return {
        "routes": [
            assets.ROUTE,
            downloads.ROUTE,
            *links.ROUTES,
            Route("/health", health),
            *(Route(f"/gradio_api/{name}{{path:path}}", not_found) for name in ("file=", "file/", "proxy=")),
            Route("/gradio_api/upload", refuse_upload, methods=["GET", "POST"]),
        ],
        "middleware": [Middleware(PlainFailures), Middleware(Languages), Middleware(FirstScreen),
                       Middleware(Listeners), Middleware(Doorman, guests=GUESTS, jobs=jobs, inputs=inputs)],
        "docs_url": None, "redoc_url": None, "openapi_url": None,
    }  # fmt: skip
