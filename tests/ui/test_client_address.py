"""Under which name an address is counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import gradio as gr
import pytest

from gpt2core.ui.client_address import rate_limit_key
from gpt2core.ui.presence import visitor_of


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("2001:db8:0:7:1:2:3:4", "2001:db8:0:7::/64"),
        ("2001:DB8:0:7::1", "2001:db8:0:7::/64"),
        ("2001:db8:0:8::1", "2001:db8:0:8::/64"),
        ("::ffff:8.8.8.8", "8.8.8.8"),  # IPv4, as a socket for both has it
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_ipv6_counts_by_its_network(host: str, key: str) -> None:
    assert rate_limit_key(host) == key


def test_so_does_a_visitor_of_the_engine() -> None:
    caller = SimpleNamespace(session_hash="s", client=SimpleNamespace(host="2001:db8::9"))
    assert visitor_of(cast(gr.Request, caller)).address == "2001:db8::/64"
