"""The first screen: which pages have one, what it says, and how it gets into Gradio's page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

import brotli
import pytest
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.testclient import TestClient

from gpt2core.charts.base import quantities
from gpt2core.config import PRESETS, GPTConfig
from gpt2core.counting.parameters import COMPONENTS
from gpt2core.i18n import number, t
from gpt2core.ui.server.middleware.prerender import FirstScreen
from gpt2core.ui.server.prerender import components_of, first_screen

MEDIUM = "n_layer=24&n_head=16&n_embd=1024"


def found(pattern: str, markup: str) -> list[str]:
    return re.findall(pattern, markup.partition("</style>")[2])


@pytest.mark.parametrize(("lang", "total"), [("en", "354,823,168"), ("vi", "354.823.168")])
def test_it_has_the_numbers_of_the_link(lang: str, total: str) -> None:
    markup = first_screen(MEDIUM, lang)
    assert found(r'data-number="unique_total">([^<]+)<', markup) == [total]
    assert found(r'data-number="head_dim">([^<]+)<', markup) == ["64"]
    assert "–" not in found(r"data-number=[^>]+>([^<]+)<", markup)
    assert found(r'role="spinbutton"[^>]* value="(\d+)"', markup) == ["24", "16", "1024"]
    assert found(r'id="n_head-hint"[^>]*>([^<]+)<', markup) == [f"16 × 64 = {number(1024, lang)}"]


def test_a_slider_has_its_bounds_before_its_value_and_is_filled_up_to_it() -> None:
    ranges = found(r'<input type="range"([^>]+)>', first_screen(MEDIUM, "en"))
    assert [re.findall(r' (min|max|step|value)="', attributes) for attributes in ranges] == [
        ["min", "max", "step", "value"]
    ] * 3
    assert found(r"--filled: ([\d.]+)%", first_screen(MEDIUM, "en")) == ["48.9", "62.5", "62.5"]
    far = first_screen("n_layer=128&n_head=1&n_embd=16", "en")
    assert found(r"--filled: ([\d.]+)%", far) == ["100.0", "0.0", "0.0"]


@pytest.mark.parametrize("name", PRESETS)
def test_the_preset_of_the_shape_is_pressed(name: str) -> None:
    shape = PRESETS[name]
    query = "&".join(f"{field}={getattr(shape, field)}" for field in ("n_layer", "n_head", "n_embd",
                     "block_size", "vocab_size"))  # fmt: skip
    assert found(r'data-preset="([\w-]+)" aria-pressed="true"', first_screen(query, "en")) == [name]
    assert found('data-preset="[^"]+" aria-pressed', first_screen(query + "&bias=false", "en")) == []


def test_its_notes_know_whether_the_weights_are_tied() -> None:
    for tied, key in ((True, "tying_note"), (False, "tying_note_untied")):
        markup = first_screen(f"tie_weights={str(tied).lower()}", "en")
        assert found(r'data-note="tying_note">([^<]+)<', markup) == [t(f"number.{key}", "en")]


SMALL_IN = {"float32": "497.8 MB", "bfloat16": "248.9 MB"}


@pytest.mark.parametrize(
    ("query", "offered", "dtype"),
    [("", (), "float32"), ("dtype=bfloat16", (), "bfloat16"), ("", ("bfloat16", "float32"), "bfloat16"),
     ("dtype=float32", ("bfloat16", "float32"), "float32"), ("dtype=bfloat16", ("float32",), "float32"),
     ("dtype=x", ("bfloat16", "float32"), "bfloat16")],
)  # fmt: skip
def test_bytes_are_those_of_the_number_format_that_the_page_begins_with(
    query: str, offered: tuple[str, ...], dtype: str
) -> None:
    markup = first_screen(query, "en", dtypes=offered)
    assert found('data-number="weight_bytes">([^<]+)<', markup) == [SMALL_IN[dtype]]
    assert found('data-note="dtype_note">([^<]+)<', markup) == [t(f"number.dtype_note_{dtype}", "en")] * 2


def test_it_is_made_anew_when_the_device_is_known() -> None:
    offers: list[tuple[str, ...]] = [(), ("bfloat16", "float32")]
    app = TestClient(FirstScreen(HTMLResponse(PAGE), lambda: None, lambda: offers.pop(0)))
    for dtype in ("float32", "bfloat16"):
        assert SMALL_IN[dtype] in app.get("/").text


@pytest.mark.parametrize(
    ("query", "selected", "drawn"),
    [
        ("", ["parameters"], True),
        ("tab=costs", ["costs"], False),
        ("tab=nowhere", ["parameters"], True),
        ("tab=temperature", ["generate"], False),
        ("tab=counters", ["parameters"], True),
    ],
)
def test_the_tab_of_the_link_is_selected(query: str, selected: list[str], drawn: bool) -> None:
    markup = first_screen(query, "en")
    assert found(r'data-tab="(\w+)" tabindex="-1" aria-selected="true"', markup) == selected
    assert ('<figure class="chart">' in markup) == drawn
    assert (t("page.view_coming", "en") in markup) != drawn


def test_the_device_is_on_the_build_button_once_it_is_known() -> None:
    names = [None, "CPU (4 × <b>)"]
    app = TestClient(FirstScreen(HTMLResponse(PAGE), lambda: names.pop(0)))
    assert found('id="build">([^<]+)<', app.get("/").text) == ["2 · Build this model"]
    assert found('id="build">([^<]+)<', app.get("/").text) == ["2 · Build on CPU (4 × &lt;b&gt;)"]


def test_nothing_of_a_link_is_markup() -> None:
    assert first_screen('tab="><b>', "en") == first_screen("tab=nowhere", "en")


def test_components_add_up() -> None:
    parts = components_of(quantities(GPTConfig()))
    assert [part.name for part in parts] == list(COMPONENTS)
    assert sum(part.count for part in parts) == 124_439_808
    assert sum(part.share for part in parts) == pytest.approx(1)
    assert max(part.of_largest for part in parts) == 1
    assert [part.name for part in parts if part.labelled] == ["token_embedding", "attention", "mlp"]


# How it gets into the page

PAGE = '<html><head></head><body class="x"><p>Gradio</p></body></html>'


async def streamed() -> AsyncIterator[str]:
    for piece in ("<body>", "</body>"):
        yield piece


def through(response: Response, path: str = "/", method: str = "GET") -> tuple[str, Mapping[str, str]]:
    """The text and the headers that come out."""
    app = TestClient(FirstScreen(response, lambda: None))
    answer = app.request(method, path, headers={"accept-encoding": "identity"})
    return answer.text, answer.headers


def test_it_is_the_first_thing_in_the_body() -> None:
    text, headers = through(HTMLResponse(PAGE), "/vi?n_layer=3")
    put = PAGE.replace('<body class="x">', '<body class="x">' + first_screen("n_layer=3", "vi"))
    assert text == put
    assert int(headers["content-length"]) == len(put.encode())
    assert headers["vary"] == "Accept-Encoding"


def test_it_is_compressed_for_whoever_takes_that() -> None:
    plain = through(HTMLResponse(PAGE))[0].encode()
    with TestClient(FirstScreen(HTMLResponse(PAGE), lambda: None)).stream(
        "GET", "/", headers={"accept-encoding": "br"}
    ) as got:
        packed = b"".join(got.iter_raw())
    assert got.headers["content-encoding"] == "br"
    assert int(got.headers["content-length"]) == len(packed) < len(plain) / 3
    assert brotli.decompress(packed) == plain


@pytest.mark.parametrize(
    ("response", "path", "method"),
    [
        (HTMLResponse(PAGE), "/health", "GET"),
        (HTMLResponse(PAGE), "/en", "GET"),
        (HTMLResponse(PAGE), "/", "POST"),
        (HTMLResponse(PAGE, 404), "/", "GET"),
        (StreamingResponse(streamed()), "/", "GET"),
    ],
)
def test_what_is_no_page_passes_as_it_is(response: Response, path: str, method: str) -> None:
    text, _ = through(response, path, method)
    assert "first-screen" not in text
    assert "body" in text
