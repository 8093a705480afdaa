"""What this app's Python uses of Gradio beyond its public interface.

Written for Gradio 6.31; tests/ui/test_gradio_compat.py has contract tests, which name what broke. (The
fields of a call's body are read in server/middleware/rate_limit.py.)
"""

from __future__ import annotations

import re
import sys
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import gradio as gr
import uvicorn
from gradio.block_function import BlockFunction
from gradio.context import LocalContext
from gradio.route_utils import FnIndexInferError
from gradio.state_holder import SessionState
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

# Where the page and API callers send their calls, and where they listen.
JOIN_PATH, CALL_PATH = "/gradio_api/queue/join", "/gradio_api/call/"
STREAM_PATH = "/gradio_api/queue/data"
CALLING_PATHS = (CALL_PATH, "/gradio_api/queue/")

# Of Gradio's routes those that are answered; the pages and the API's functions come with the app
# (server/routes.py). `launch` asks for the startup events, gradio_client for the configuration, the
# information on the API, and a reset where a job is given up.
ROUTES = (
    ("GET", "/config"),
    ("GET", "/theme.css"),
    ("GET", "/favicon.ico"),
    ("GET", "/robots.txt"),
    ("GET", "/manifest.json"),
    ("GET", "/assets/{path:path}"),
    ("GET", "/static/js/iframeResizer.contentWindow.min.js"),
    ("GET", "/static/img/logo_nosize.svg"),  # the manifest's
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/startup-events"),
    ("POST", JOIN_PATH),
    ("GET", STREAM_PATH),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"),
)
# What is made anew for whoever asks, and takes Gradio long.
DOCUMENTS = ("/config", "/gradio_api/info")

_BODY = re.compile(rb"<body[^>]*>")

# A custom event of a gr.HTML must be named in its script: Gradio looks for it with a regular expression.
CUSTOM_EVENTS = "; // 'release'"

# What Gradio raises for an unknown function (its number, its name) and an unknown argument.
_MISFITS = (LookupError, FnIndexInferError, TypeError)


def current_event_id() -> str | None:
    """The event whose handler runs now: what a caller without a session listens to."""
    return LocalContext.event_id.get(None)


def is_misfit(error: Exception) -> bool:
    """Whether this is raised for a call of an unknown function, or with unknown arguments."""
    return isinstance(error, _MISFITS)


def stream_was_refused(error: Exception) -> bool:
    """Whether this ends an event stream of a session that Gradio does not know."""
    return isinstance(error.__cause__, HTTPException)


def public_functions(app: gr.Blocks) -> dict[str, BlockFunction]:
    """Those of the API, by name."""
    return {str(fn.api_name): fn for fn in app.fns.values() if fn.api_visibility == "public"}


def functions_of(app: gr.Blocks) -> dict[str, BlockFunction]:
    """Those that a request can call: all by number, those of the API by name as well."""
    return public_functions(app) | {str(number): fn for number, fn in app.fns.items() if fn.fn}


def call_routes(name: str) -> list[tuple[str, str]]:
    """Where a function of the API is called, and where its caller listens."""
    paths = (f"{CALL_PATH}{name}", f"{CALL_PATH}v2/{name}")
    return [("POST", path) for path in paths] + [("GET", f"{path}/{{event_id}}") for path in paths]


def is_stream(path: str) -> bool:
    """Whether a GET of this path opens an event stream."""
    return path == STREAM_PATH or path.startswith(CALL_PATH)


def is_python_client(user_agent: str) -> bool:
    """Whether gradio_client asks."""
    return user_agent.startswith("gradio_client/")


def readable_by_python_client(sentence: str) -> tuple[int, dict[str, Any]]:
    """Status and content of a refusal whose sentence gradio_client shows: of any other it shows the status
    alone ('429 Too Many Requests', 'Queue is full!')."""
    shown = {"__type__": "validate", "is_valid": False, "parameter_name": "this call", "message": sentence}
    return 422, {"error": sentence, "detail": [shown]}


def told_to_handler(scope: Scope, name: str, value: object) -> None:
    """Lets the handler of the call in this request find `value`."""
    scope.setdefault("state", {})[name] = value


def told_by_middleware(caller: gr.Request | None, name: str) -> object:
    """What `told_to_handler` has left for the handler that is called with `caller`, or None."""
    return getattr(getattr(getattr(caller, "request", None), "state", None), name, None)


def server_config(app: gr.Blocks) -> uvicorn.Config:
    """That of the server that `launch` has started."""
    return app.server.config


def without_matplotlib() -> None:
    """Gradio looks for matplotlib before and after each event, and where it is not installed Python looks
    through all its folders each time. Nothing here draws with it."""
    sys.modules.setdefault("matplotlib", cast(ModuleType, None))  # to import it then fails at once


def rest_between_looks(app: gr.Blocks, seconds: float = 0.01, progress_seconds: float = 1.0) -> None:
    """Lets an empty queue be looked at every so many seconds: Gradio does so a thousand times a second,
    which takes 6% of a core with nobody there. Who presses waits half as long more on average. A
    hundred times a second it looks through all jobs for what a gr.Progress has to say, which is nothing."""
    app._queue.sleep_when_free = seconds
    app._queue.progress_update_sleep_when_free = progress_seconds


def keep_sessions_small() -> None:
    """From now on a session keeps no configurations of components, as it is begun or later.

    Gradio works out that of every component of both pages for each new session, and once more for each API
    call: 20 to 40 ms in which the server does nothing else, and 200 kB kept. Then it does so for each that
    a call hands on: an eighth of what the server computes for a class. Only its own deep links read them,
    which this app does not have.
    """
    begin = SessionState.__init__

    def begin_small(self: SessionState, blocks: Any) -> None:
        begin(self, SimpleNamespace(default_config=blocks.default_config, blocks=()))  # type: ignore[arg-type]

    def keep_nothing(self: SessionState, key: int, value: object = None) -> None:
        pass

    SessionState.__init__ = begin_small  # type: ignore[method-assign]
    SessionState._update_config = SessionState._update_value_in_config = keep_nothing  # type: ignore[method-assign]


def page_varies_with(scope: Scope) -> tuple[object, ...]:
    """All of a request for a page that Gradio's answer depends on, besides the query: it writes into the
    page the address under which it believes to be reached."""
    headers = Headers(scope=scope)
    names = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
    said = [headers.get(name) for name in names]
    server = tuple(scope.get("server") or ())
    return scope.get("scheme"), scope.get("root_path"), scope["path"], server, *said


def add_to_page(page: bytes, markup: str) -> bytes:
    """Gradio's page with `markup` first in its body.

    Gradio sends the page whole, in one message, as a document with one `<body>` tag, which may have
    attributes; what has no such tag comes back as it is. There is no public way into the body: `head=` is
    the document's head, and a component is only there once Gradio's scripts are.
    """
    return _BODY.sub(lambda tag: tag[0] + markup.encode(), page, count=1)
