"""The page of a language, where a link asks for one in its query."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gpt2core.i18n import LANGUAGES


class LanguageRedirect:
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
