"""A request's path is read as the router will read it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette._utils import get_route_path

from gpt2core.ui.server.paths import page_language, route_path

PATHS = ("/", "/vi", "/pre", "/pre/", "/pre/vi", "/prefix", "/prevvi", "/pre//vi", "/pre/pre/vi", "//vi")


def scope(path: str, prefix: str) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "root_path": prefix}


@pytest.mark.parametrize("prefix", ["", "/pre"])
@pytest.mark.parametrize("path", PATHS)
def test_it_is_what_starlettes_router_sees(path: str, prefix: str) -> None:
    assert route_path(scope(path, prefix)) == get_route_path(scope(path, prefix))


def test_a_page_has_a_language() -> None:
    found = [page_language(scope(path, "/pre")) for path in PATHS]
    assert found == ["en", "vi", None, "en", "vi", None, None, None, None, None]
