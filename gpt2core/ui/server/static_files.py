"""Everything the browser fetches from the app itself, under a path that names the content.

The path changes when any file does, so browsers keep the files for good; each is compressed
once, on first use, not once per visitor.
"""

from __future__ import annotations

import json
import threading
from functools import cache
from importlib import resources
from pathlib import Path

import brotli
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpt2core.i18n import ASSETS, LANGUAGES
from gpt2core.ui.asset_version import BASE
from gpt2core.ui.page_data import page_data
from gpt2core.ui.server.accept_encoding import takes_brotli


def styles(*names: str) -> list[Path]:
    return [ASSETS / "style" / f"{name}.css" for name in names]


# In this order: where two rules are equally special, the later one holds.
STYLES = styles(
    "page", "controls", "charts", "results", "training", "share", "labs", "sheets", "drawing", "forward",
    "lesson", "compare", "projector", "highlight", "print",
)  # fmt: skip

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
}
_lock = threading.Lock()


def _plotly() -> bytes:
    """plotly.min.js out of the Python package, so that page and Python agree on the version."""
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_bytes()


def _examples() -> dict[str, bytes]:
    """What the page shows before anything was pressed; tests/examples/write_examples.py has made it."""
    return {
        f"example-{path.parent.name}-{path.name}": path.read_bytes()
        for path in sorted((ASSETS / "examples").glob("*/*.json"))
    }


@cache
def files() -> dict[str, bytes]:
    """Name -> content of all that is served."""
    found = {p.name: p.read_bytes() for p in sorted((ASSETS / "live").glob("*.js"))}
    found |= _examples()
    found["plotly.min.js"] = _plotly()
    for lang in LANGUAGES:
        data = json.dumps(page_data(lang), ensure_ascii=False)
        found[f"page-{lang}.js"] = f"export default {data};".encode()
    return found


@cache
def _compressed(name: str) -> bytes:
    # Plotly: 0.25 s for 1.29 MB at quality 5, 1 s for 1.23 MB at 9.
    content: bytes = brotli.compress(files()[name], quality=5, lgwin=22)
    return content


def serve(request: Request) -> Response:
    name = request.path_params["name"]
    content = files().get(name)
    if content is None:
        return Response("not found", 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    accepted = request.headers.get("accept-encoding", "")
    if takes_brotli(accepted):
        with _lock:  # a class opening the page at once must not compress it thirty times
            content = _compressed(name)
        headers["Content-Encoding"] = "br"
    elif "br" in accepted:
        headers["Content-Encoding"] = (
            "identity"  # or Gradio would compress it after all: it reads no weights
        )
    return Response(content, media_type=_TYPES[Path(name).suffix], headers=headers)


ROUTE = Route(BASE[1:] + "/{name}", serve)

# The page shows itself once it stands, so that nothing moves under the reader's eyes; live.js says when,
# and if it never does, the page shows after some seconds all the same. Until then the first screen of
# prerender.py is seen. Gradio's own status of a part is covered or made transparent, but a screen reader
# would still read it: after every Stop it says 'Error'. The projector's size is the picture's as well;
# theme.js reads it.
_STYLE = """<style>
html:not(.stands) gradio-app { visibility: hidden; animation: show 0s 12s forwards; }
#first-screen { position: absolute; inset: 0 0 auto; z-index: 50; animation: hide 0s 12s forwards; }
:root:has(body.projector) { --larger: 1.35; font-size: calc(100% * var(--larger)); }
@media print {
  body, gradio-app, .gradio-container, .main, .wrap, .contain { display: block !important; }
  .gradio-container { overflow: visible !important; }
  body, gradio-app, .gradio-container { background: #fff !important; max-width: none !important; }
  .gradio-container { padding: 0 !important; --ground: var(--card) !important; }
}
@keyframes show { to { visibility: visible; } }
@keyframes hide { to { visibility: hidden; } }
[data-testid="status-tracker"]:is(.full, .hide) { display: none; }
</style>"""
# Plotly is two thirds of all bytes, and would be asked for last.
HEAD = f'<link rel="preload" as="script" fetchpriority="low" href="{BASE}/plotly.min.js">{_STYLE}'
