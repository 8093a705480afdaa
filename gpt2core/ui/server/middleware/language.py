"""The page of a language, where a link asks for one in its query."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.i18n import LANGUAGES
from gpt2core.link_grammar import mended
from gpt2core.ui.server.paths import WRITTEN_WITH_SLASH, page_language, page_of, route_path


class LanguageRedirect:
    """Sends `/?lang=vi` to `/vi` and `/vi?lang=en` to `/`: a Space hands on the query, not the
    path. And `/vi/` to `/vi`. The targets are relative, so they hold behind a proxy's prefix too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = page_language(scope)
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = parse_qs(mended(query)).get("lang", [""])[-1]
        if here is not None and wanted in LANGUAGES and wanted != here:
            return await _to(f"./{page_of(wanted)}", query)(scope, receive, send)
        if scope["type"] == "http" and route_path(scope) in WRITTEN_WITH_SLASH:
            return await _to(f"../{route_path(scope).strip('/')}", query)(scope, receive, send)
        return await self.app(scope, receive, send)


def _to(path: str, query: str) -> Response:
    return Response(status_code=307, headers={"Location": f"{path}?{query}" if query else path})
