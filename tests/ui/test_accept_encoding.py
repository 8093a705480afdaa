"""Which callers get Brotli."""

from __future__ import annotations

import httpx
import pytest

from gpt2core.ui.server.accept_encoding import takes_brotli


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip, deflate, br, zstd", True), ("br", True), ("BR;Q=0.5", True), ("gzip;q=1.0, br;q=0.1", True),
        ("", False), ("gzip", False), ("br;q=0", False), ("gzip, br; q=0.000", False), ("br;q=x", False),
        ("vibrant", False), ("*", False), ("identity;q=1, *;q=0", False),
    ],
)  # fmt: skip
def test_a_weight_of_zero_is_a_refusal(header: str, takes: bool) -> None:
    assert takes_brotli(header) == takes


@pytest.mark.parametrize("path", ["", "live"])
def test_the_page_and_its_files_respect_it(server: str, path: str) -> None:
    with httpx.Client(base_url=server, headers={"accept-encoding": "br;q=0, identity"}) as client:
        page = client.get("")
        if path:
            page = client.get(f"live/{page.text.partition('/live/')[2][:12]}/store.js")
        assert page.headers.get("content-encoding") in (None, "identity")
        assert "subscribe" in page.text or "<body" in page.text
