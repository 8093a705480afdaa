"""Everything the browser fetches from the app itself, under a path that names the content.

The path changes when any file does, so browsers keep the files for good; each is compressed
once, on first use, not once per visitor.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import brotli
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpt2core import sheets
from gpt2core.charts import CHARTS
from gpt2core.config import (
    FRACTIONAL,
    GENERATE_FIELDS,
    LIMITS,
    MODEL_FIELDS,
    PRESETS,
    SHAPE_FIELDS,
    SIZE_FIELDS,
    Limit,
)
from gpt2core.figures import COLORS, INK, LABELLED_SHARE, QUANTITIES, UNITS
from gpt2core.lab_charts import temperature_chart
from gpt2core.lesson import TABS, steps
from gpt2core.parameters import COMPONENTS
from gpt2core.requests import LABS, SPEAKING_LABS
from gpt2core.text import ASSETS, LANGUAGES, texts


def styles(*names: str) -> list[Path]:
    return [ASSETS / "style" / f"{name}.css" for name in names]


# In this order: where two rules are equally special, the later one holds.
STYLES = styles(
    "page", "controls", "charts", "results", "share", "labs", "sheets", "drawing", "lesson", "compare",
    "projector",
)  # fmt: skip

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_lock = threading.Lock()


def _plotly() -> bytes:
    """plotly.min.js out of the Python package, so that page and Python agree on the version."""
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_bytes()


def page_data(lang: str) -> dict[str, Any]:
    """What the browser needs to count and draw by itself: the one table, limits, charts, texts."""
    from gpt2core.ui.links import link_data
    from gpt2core.ui.live import LOGARITHMIC, SLIDERS

    limits = {**LIMITS, "step": Limit(0, len(steps(lang)), 0)}  # 0: no lesson is open
    return {
        "lang": lang,
        "limits": {name: asdict(limit) for name, limit in limits.items()},
        "sliders": SLIDERS, "logarithmic": LOGARITHMIC, "size_fields": SIZE_FIELDS,
        "shape_fields": SHAPE_FIELDS, "model_fields": MODEL_FIELDS, "generate_fields": GENERATE_FIELDS,
        "fractional": FRACTIONAL,
        "presets": {name: asdict(config) for name, config in PRESETS.items()},
        "quantities": QUANTITIES, "units": UNITS, "components": COMPONENTS, "colors": COLORS, "inks": INK,
        "labelled_share": LABELLED_SHARE,
        "charts": {kind: make(lang) for kind, make in CHARTS.items()}
        | {"temperature": temperature_chart(lang)},
        "sheets": sheets.page_data(), "labs": [*LABS, *SPEAKING_LABS], "tabs": TABS,
        "texts": texts(lang), "link": link_data(),
    }  # fmt: skip


@cache
def files() -> dict[str, bytes]:
    """Name -> content of all that is served."""
    found = {p.name: p.read_bytes() for p in sorted((ASSETS / "live").glob("*.js"))}
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
    if "br" in request.headers.get("accept-encoding", ""):
        with _lock:  # a class opening the page at once must not compress it thirty times
            content = _compressed(name)
        headers["Content-Encoding"] = "br"
    return Response(content, media_type=_TYPES[Path(name).suffix], headers=headers)


def _version() -> str:
    digest = hashlib.sha256()
    for path in [*sorted((ASSETS / "live").glob("*.js")), *sorted((ASSETS / "text").glob("*.json")),
                 *sorted((ASSETS / "lesson").rglob("*.md")),
                 *sorted(Path(__file__).parent.parent.rglob("*.py"))]:  # fmt: skip
        digest.update(path.read_bytes())
    digest.update(version("plotly").encode())
    return digest.hexdigest()[:12]


BASE = f"./live/{_version()}"
ROUTE = Route(BASE[1:] + "/{name}", serve)

# The page shows itself once it stands, so that nothing moves under the reader's eyes; live.js says when,
# and if it never does, the page shows after some seconds all the same. Until then first_screen.py's picture
# is seen.
_STYLE = """<style>
html:not(.stands) gradio-app { visibility: hidden; animation: show 0s 12s forwards; }
#first-screen { position: absolute; inset: 0 0 auto; z-index: 50; animation: hide 0s 12s forwards; }
@media (max-width: 860px) { #first-screen.elsewhere { display: none; } }
@keyframes show { to { visibility: visible; } }
@keyframes hide { to { visibility: hidden; } }
[data-testid="status-tracker"].full { display: none; }
</style>"""
# Plotly is two thirds of all bytes, and would be asked for last.
HEAD = f'<link rel="preload" as="script" fetchpriority="low" href="{BASE}/plotly.min.js">{_STYLE}'
