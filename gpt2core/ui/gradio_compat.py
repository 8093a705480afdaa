"""What this app's Python uses of Gradio beyond its public interface.

Written for Gradio 6.31; tests/ui/test_gradio_compat.py has contract tests, which name what broke. (The
fields of a call's body are read in server/middleware/rate_limit.py.)
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.context import LocalContext
from gradio.route_utils import FnIndexInferError
from gradio.state_holder import SessionState
from starlette.exceptions import HTTPException

# Where the page and API callers send their calls, and where they listen.
JOIN_PATH, CALL_PATH = "/gradio_api/queue/join", "/gradio_api/call/"
STREAM_PATH = "/gradio_api/queue/data"
CALLING_PATHS = tuple(f"/gradio_api/{kind}/" for kind in ("call", "queue", "run", "api"))

_BODY = re.compile(rb"<body[^>]*>")

# Routes of Gradio's that nothing here uses. `file=` would fetch any public address for whoever asks.
ABSENT_PATHS = tuple(f"/gradio_api/{name}{{path:path}}" for name in ("file=", "file/", "proxy="))
UPLOAD_PATH = "/gradio_api/upload"
CLOSED_PATHS = ("/login", "/gradio_api/process_recording", "/gradio_api/component_server")
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


def functions_of(app: gr.Blocks) -> dict[str, BlockFunction]:
    """Those that a request can call, by number and by name."""
    by_name = {str(fn.api_name): fn for fn in app.fns.values() if fn.api_name}
    return by_name | {str(number): fn for number, fn in app.fns.items()}


def keep_sessions_small() -> None:
    """From now on a new session starts with no configurations; each is worked out when it changes.

    Gradio works out the configuration of every component of both pages for each new session, and once
    more for each API call: 20 to 40 ms in which the server does nothing else, and 200 kB kept. Only its
    own deep links read that, which this app does not have.
    """
    begin = SessionState.__init__

    def begin_small(self: SessionState, blocks: Any) -> None:
        begin(self, SimpleNamespace(default_config=blocks.default_config, blocks=()))  # type: ignore[arg-type]

    SessionState.__init__ = begin_small  # type: ignore[method-assign]


def add_to_page(page: bytes, markup: str) -> bytes:
    """Gradio's page with `markup` first in its body.

    Gradio sends the page whole, in one message, as a document with one `<body>` tag, which may have
    attributes; what has no such tag comes back as it is. There is no public way into the body: `head=` is
    the document's head, and a component is only there once Gradio's scripts are.
    """
    return _BODY.sub(lambda tag: tag[0] + markup.encode(), page, count=1)
