"""What the server knows of links: their QR codes, and the names of the tabs they may open."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pytest
import zxingcpp

from gpt2core.i18n import LANGUAGES, texts

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("query", ["url=https://example.org", "prompt=" + 1600 * "x", "prompt=a&b=1"])
def test_the_server_draws_only_links_of_this_page(server: str, query: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        urllib.request.urlopen(f"{server}qr.svg?{query}")
    refused.value.close()


def test_what_stands_before_the_query_is_the_visitors_own_address(server: str) -> None:
    with urllib.request.urlopen(f"{server}qr.svg?n_layer=3&lang=vi") as answer:
        assert f"<title>{server}?n_layer=3&amp;lang=vi</title>" in answer.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        urllib.request.urlopen(f"{server}qr-space.svg?n_layer=3")  # this is none
    refused.value.close()


def test_an_address_that_cannot_be_one_is_refused(server: str) -> None:
    asked = urllib.request.Request(f"{server}qr.svg?n_layer=3", headers={"Host": "a" * 5000})
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        urllib.request.urlopen(asked)
    refused.value.close()


def test_tabs_js_finds_every_tab_by_its_name(server: str) -> None:
    with urllib.request.urlopen(f"{server}config") as answer:
        config = json.load(answer)
    tabs = [part["props"] for part in config["components"] if part["type"] == "tabitem"]
    assert len(tabs) >= 4 * len(LANGUAGES)
    for tab in tabs:
        assert tab["label"] in {texts(lang)[f"page.{tab['id']}_tab"] for lang in LANGUAGES}


def drawn(svg: str) -> npt.NDArray[np.uint8]:
    """The picture that a browser makes of a code's SVG: its lines are rows of squares, at y + 1/2."""
    root = ElementTree.fromstring(svg)
    side = int(root.attrib["viewBox"].split()[2])
    modules = np.full((side, side), 255, np.uint8)
    (line,) = [path for path in root.iter(f"{SVG}path") if path.get("stroke")]
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", line.attrib["d"]):
        first, *rest = (float(n) for n in re.findall(r"-?[\d.]+", numbers))
        if command == "h":
            modules[int(y), int(x) : int(x + first)] = 0
            x += first
        elif command == "m":
            x, y = x + first, y + rest[0]
        else:
            x, y = first, rest[0]
    return np.kron(modules, np.ones((6, 6), np.uint8))


@pytest.mark.parametrize(
    "query",
    ["n_layer=3&lang=vi", "prompt=Xin%20ch%C3%A0o%20%F0%9F%91%8B&temperature=0.05", "prompt=" + 1480 * "x"],
)
def test_a_phone_reads_the_link_in_the_picture(server: str, query: str) -> None:
    """By a reader that has nothing to do with what draws it."""
    with urllib.request.urlopen(f"{server}qr.svg?{query}") as answer:
        picture = drawn(answer.read().decode())
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == f"{server}?{query}"


def test_a_picture_with_other_squares_is_no_such_link(server: str) -> None:
    """So the test before this one can fail."""
    with urllib.request.urlopen(f"{server}qr.svg?n_layer=3") as answer:
        picture = drawn(answer.read().decode())
    picture[picture.shape[0] // 3 : picture.shape[0] // 2] ^= 255
    assert [found.text for found in zxingcpp.read_barcodes(picture)] != [f"{server}?n_layer=3"]
