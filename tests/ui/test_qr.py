"""What the server knows of links: their QR codes, and the names of the tabs they may open."""

import json
import urllib.error
import urllib.request

import pytest

from gpt2core.i18n import LANGUAGES, texts


@pytest.mark.parametrize("query", ["url=https://example.org", "prompt=" + 1600 * "x", "prompt=a&b=1"])
def test_the_server_draws_only_links_of_this_page(server, query):
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(f"{server}qr.svg?{query}")


def test_what_stands_before_the_query_is_the_visitors_own_address(server):
    with urllib.request.urlopen(f"{server}qr.svg?n_layer=3&lang=vi") as answer:
        assert f"<title>{server}?n_layer=3&amp;lang=vi</title>" in answer.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{server}qr-space.svg?n_layer=3")  # this is none


def test_an_address_that_cannot_be_one_is_refused(server):
    asked = urllib.request.Request(f"{server}qr.svg?n_layer=3", headers={"Host": "a" * 5000})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(asked)


def test_tabs_js_finds_every_tab_by_its_name(server):
    with urllib.request.urlopen(f"{server}config") as answer:
        config = json.load(answer)
    tabs = [part["props"] for part in config["components"] if part["type"] == "tabitem"]
    assert len(tabs) >= 4 * len(LANGUAGES)
    for tab in tabs:
        assert tab["label"] in {texts(lang)[f"page.{tab['id']}_tab"] for lang in LANGUAGES}
