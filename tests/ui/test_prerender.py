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
from gpt2core.link_grammar import read_link
from gpt2core.ui.server.first_look import shape_in
from gpt2core.ui.server.middleware.prerender import FirstScreen
from gpt2core.ui.server.prerender import components_of, first_screen

MEDIUM = "n_layer=24&n_head=16&n_embd=1024"


def found(pattern: str, markup: str) -> list[str]:
    return re.findall(pattern, markup.partition("</style>")[2])


def test_a_step_of_the_lesson_stands_there() -> None:
    markup = first_screen("step=9&n_layer=6", "vi")
    assert found(r'<article data-step="(\d+)"', markup) == ["9"]
    assert found(r'data-tab="(\w+)" tabindex="-1" aria-selected="true"', markup) == ["lesson"]
    assert found(r'aria-current="step">(\d+)<', markup) == ["9"]
    assert t("lesson.progress", "vi", n=9, of=10) in markup
    # What only the page's scripts count is in the answer, which is not seen before it is asked for.
    seen = markup.partition("<article")[2].partition('class="revealed"')[0]
    assert 'class="counted"' not in seen
    for query in ("step=0", "step=99", "step=x"):  # the page opens the lesson, and begins it anew
        assert found(r'<article data-step="(\d+)"', first_screen(query, "en")) == ["1"]


def test_beside_another_tab_the_bar_leads_back_into_the_lesson() -> None:
    markup = first_screen("step=3&tab=parameters", "en")
    assert t("lesson.back", "en", n=3) in markup
    assert "Drag Heads to and fro" in markup.partition("wayback-part")[2]
    assert "Drag Heads" not in first_screen("step=3&tab=costs", "en").partition("wayback-part")[2]


def test_what_a_teacher_has_fixed_or_hidden_is_so_from_the_start() -> None:
    markup = first_screen("lock=n_layer&hide=n_head,presets,more", "en")
    assert found(r'<input type="range"[^>]*disabled', markup)
    assert len(found(r'<p class="hint fixed">', markup)) == 1
    assert found(r'role="spinbutton"[^>]* value="(\d+)"', markup) == ["12", "768"]
    assert 'class="presets"' not in markup.partition("</style>")[2]
    assert 'class="more-part"' not in markup
    assert 'class="look projector"' in first_screen("projector=1", "en")
    assert found('class="compare"', first_screen("pin=12-12-768-1024-50257-1-1", "en"))
    assert not found('class="compare"', first_screen("pin=1", "en"))


@pytest.mark.parametrize(
    ("query", "shape"),
    [("n_layer=0", (12, 12, 768)), ("n_head=7", (12, 6, 768)), ("n_embd=<b>", (12, 12, 768)),
     ("n_head=10&n_embd=768", (12, 8, 768)), ("n_head=7&lock=n_head", (12, 7, 770)),
     ("n_head=25&n_embd=2", (12, 2, 2))],
)  # fmt: skip
def test_what_a_link_says_wrongly_is_put_right(query: str, shape: tuple[int, ...]) -> None:
    """The page puts it right in the same way: tests/browser/test_first_screen.py."""
    config = shape_in(read_link(query), frozenset(["n_head"] if "lock" in query else []))
    assert (config.n_layer, config.n_head, config.n_embd) == shape
    values = [int(n) for n in found(r'role="spinbutton"[^>]* value="(\d+)"', first_screen(query, "en"))]
    assert values == [*shape]


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
