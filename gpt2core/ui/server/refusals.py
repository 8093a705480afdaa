"""What is refused before it reaches Gradio, as one sentence that the caller gets to read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Scope

from gpt2core.i18n import LANGUAGES, t
from gpt2core.ui.gradio_compat import JOIN_PATH, is_python_client, readable_by_python_client
from gpt2core.ui.server.paths import PAGES, route_path

_RETRY_SECONDS = "5"
_BODY_UNREAD = (408, 413)


def refuse(scope: Scope, status: int, key: str, **params: object) -> JSONResponse:
    """The text `key` in the visitor's language. (Gradio's page and its client look for different names.)"""
    sentence = t(key, _language(scope), **params)
    headers = {"Retry-After": _RETRY_SECONDS} if status in (429, 503) else {}
    if status in _BODY_UNREAD:
        headers["Connection"] = "close"  # or the rest of the body would be read as it comes
    if route_path(scope) == JOIN_PATH and is_python_client(Headers(scope=scope).get("user-agent", "")):
        status, content = readable_by_python_client(sentence)
        return JSONResponse(content, status, headers)
    return JSONResponse({"error": sentence, "detail": sentence}, status, headers)


def _language(scope: Scope) -> str:
    """That of the page from which the request comes, or that it asks for."""
    referer = Headers(scope=scope).get("referer", "").partition("?")[0]
    page = f"/{referer.rstrip('/').rpartition('/')[2]}" if referer else route_path(scope)
    return PAGES.get(page, LANGUAGES[0])
