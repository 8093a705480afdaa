"""What a request asks for, as the router will see it, and who asks."""

from __future__ import annotations

from starlette.types import Scope

from gpt2core.i18n import LANGUAGES
from gpt2core.ui.client_address import rate_limit_key


def page_of(lang: str) -> str:
    """The last part of the path of a language's page."""
    return "" if lang == LANGUAGES[0] else lang


# The page of each language. (Gradio lays out a page of its own under each.)
PAGES = {f"/{page_of(lang)}": lang for lang in LANGUAGES}
# As people write some of them.
WRITTEN_WITH_SLASH = [f"{path}/" for path in PAGES if path != "/"]


def route_path(scope: Scope) -> str:
    """The decoded path without the prefix that a proxy may have: Starlette's router reads it so."""
    path: str = scope["path"]
    prefix: str = scope.get("root_path", "")
    rest = path.removeprefix(prefix)
    return rest if rest == "" or rest.startswith("/") else path


def page_language(scope: Scope) -> str | None:
    """The language of the page that is asked for, or None where it is no page."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    return PAGES.get(route_path(scope))


def address_of(scope: Scope) -> str:
    """The name under which the caller's address is counted."""
    return rate_limit_key((scope.get("client") or ("",))[0])
