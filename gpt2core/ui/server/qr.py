"""The QR code of a link to the page."""

from __future__ import annotations

import io
from functools import lru_cache
from urllib.parse import parse_qsl

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpt2core.ui.links import LINK_NAMES, LONGEST_QUERY, SPACE_PAGE

_LONGEST_LINK = LONGEST_QUERY + 300  # with the address, which the caller's Host header says


@lru_cache(maxsize=64)
def _picture(link: str) -> bytes:
    """`link` as a QR code, black on white with the margin that readers need: a class asks for one link."""
    written = io.BytesIO()
    code = segno.make(link, error="l", micro=False)
    code.save(written, kind="svg", border=4, omitsize=True, light="#fff", title=link)
    return written.getvalue()


def qr(request: Request) -> Response:
    """The QR code of a link to this page. The caller says only what stands after the question mark; before
    it comes the address under which they reach the page, or that of the Space's own page."""
    query = request.url.query
    names = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    if not query.isascii() or len(query) > LONGEST_QUERY or not names <= set(LINK_NAMES):
        return Response("not a link of this page", 400, media_type="text/plain")
    of_space = request.url.path.endswith(_SPACE_QR)
    if of_space and not SPACE_PAGE:
        return Response("not a Space", 404, media_type="text/plain")
    link = f"{SPACE_PAGE if of_space else request.base_url}?{query}"
    if len(link) > _LONGEST_LINK:
        return Response("the address of this page is too long", 400, media_type="text/plain")
    return Response(_picture(link), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


_SPACE_QR = "/qr-space.svg"
ROUTES = [Route("/qr.svg", qr), Route(_SPACE_QR, qr)]
