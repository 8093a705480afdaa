"""A link opens the page it was made on, for a class too."""

from __future__ import annotations

import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from app_process import start_server
from browser_tools import CLIPBOARD, LOCAL, OPEN_TAB, OpenPage, box, enter, number, shared_link, wide
from playwright.sync_api import Browser, expect

from gpt2core import GPTConfig, count_parameters
from gpt2core.validation import PAGE_TEMPERATURE


def test_the_copied_link_opens_the_same_page(open_page: OpenPage, server: str) -> None:
    page = open_page("vi?__theme=dark", **CLIPBOARD)
    for field, value in {"n_layer": 5, "n_head": 4, "n_embd": 64}.items():
        enter(page, field, value)
    page.locator(".more-part button").click()
    enter(page, "seed", 7)
    page.locator("#tie_weights").uncheck()
    page.locator("[data-tab=generate]").click()
    prompt = "Xin chào, 1+1=2 & <b>50%</b> #x?"
    page.locator("#prompt").fill(prompt)
    enter(page, "temperature", "0.3")
    link = shared_link(page)
    assert "__theme" not in link, "what others put into the address is not the link's"
    assert urlsplit(link).path == "/"
    total = number(page)

    other = open_page(link.removeprefix(server))
    other.locator(OPEN_TAB, has_text="Sinh văn bản").wait_for()
    expected = {"n_layer": "5", "n_head": "4", "n_embd": "64", "seed": "7", "prompt": prompt}
    expected["temperature"] = "0,3"
    assert {field: other.locator(f"#{field}").input_value() for field in expected} == expected
    assert number(other) == total
    assert other.evaluate("document.documentElement.lang") == "vi"
    other.locator("a.language").click()
    other.wait_for_function("document.documentElement?.lang === 'en'")
    other.locator(OPEN_TAB, has_text="Generate").wait_for()


def test_a_link_says_its_temperature_whichever_the_page_begins_with(
    open_page: OpenPage, server: str
) -> None:
    fresh, older = open_page(**CLIPBOARD), open_page("?n_layer=12&lang=en", **CLIPBOARD)
    links = [shared_link(fresh), shared_link(older)]
    said = [parse_qs(urlsplit(link).query)["temperature"] for link in links]
    assert said == [[str(PAGE_TEMPERATURE)], ["1"]]
    assert PAGE_TEMPERATURE != 1
    page = open_page(links[0].removeprefix(server) + "&tab=generate")
    expect(page.locator("#temperature")).to_have_value(str(PAGE_TEMPERATURE))


def test_the_address_follows_the_tab(open_page: OpenPage) -> None:
    page = open_page()
    assert "?" not in page.url
    page.locator("[data-tab=generate]").click()
    page.wait_for_url("**tab=generate**")
    page.locator("[data-tab=parameters]").click()
    page.wait_for_url(lambda url: "tab=" not in url)


def test_a_tab_in_gradios_menu_opens_too(open_page: OpenPage) -> None:
    """Gradio's own bar is out of sight but does the work, and puts tabs in a menu: whether it does so, and
    how many, comes of how it rounds their widths."""
    page = open_page("?tab=costs", width=360)
    page.locator(OPEN_TAB, has_text="Costs").wait_for()
    page.locator("#lab-measured").wait_for()
    assert parse_qs(urlsplit(page.url).query)["tab"] == ["costs"]
    hidden = page.locator(".tab-wrapper .overflow-dropdown button")
    assert "Generate" in hidden.all_text_contents()
    page.locator("[data-tab=generate]").click()
    page.locator("#prompt").wait_for()
    page.wait_for_url("**tab=generate**")


def test_unknown_names_are_left_out_with_one_sentence(open_page: OpenPage) -> None:
    page = open_page("?tab=nowhere&lock=seed,nonsense&hide=<b>,presets&n_layer=3")
    sentence = page.locator(".confirmed").inner_text()
    assert (
        sentence
        == 'The link names "nonsense, <b>, nowhere", which this page does not have, so that was left out.'
    )
    assert page.locator(OPEN_TAB).inner_text() == "Parameters"
    assert page.locator("#n_layer").input_value() == "3"
    assert not page.locator(".presets").is_visible()


MODULES = """async (n) => {
  const picture = document.querySelector('.share img');
  await picture.decode();
  const size = 8 * n;
  const canvas = Object.assign(document.createElement('canvas'), { width: size, height: size });
  const paper = canvas.getContext('2d');
  paper.drawImage(picture, 0, 0, size, size);
  const dark = (i) => paper.getImageData(8 * (i % n) + 4, 8 * Math.floor(i / n) + 4, 1, 1).data[0] < 128;
  return Array.from({ length: n * n }, (_, i) => Number(dark(i)));
}"""


@pytest.mark.parametrize(
    "path", [wide("?n_layer=3&n_head=3&n_embd=48&tab=generate"), "vi?prompt=Xin chào 'bạn'"]
)
def test_the_picture_is_the_links_qr_code(open_page: OpenPage, path: str) -> None:
    page = open_page(path, **CLIPBOARD)
    link = shared_link(page)
    code = segno.make(link, error="l", micro=False)
    expected = [cell for row in code.matrix_iter(border=4) for cell in row]
    assert page.evaluate(MODULES, code.symbol_size(border=4)[0]) == expected
    picture = box(page.locator(".share img"))
    assert picture["width"] == pytest.approx(picture["height"])
    assert picture["width"] > 400, "large enough for the last row"


def test_a_long_link_is_for_copying(open_page: OpenPage) -> None:
    page = open_page("?prompt=" + "words " * 300, **CLIPBOARD)
    assert len(shared_link(page)) > 1500
    assert not page.locator(".share img").is_visible()
    assert "a QR code of more than 1,500" in page.locator(".share figcaption").inner_text()


@pytest.mark.parametrize("space", [wide(" "), "，"])
def test_a_prompt_too_long_for_a_link_stays_on_the_page(open_page: OpenPage, space: str) -> None:
    """20,000 characters are allowed, which a browser's address turns into up to 180,000."""
    page = open_page("vi?tab=generate&n_layer=3", **CLIPBOARD)
    prompt = ("漢字" + space) * 6_600
    page.locator("#prompt").fill(prompt)
    page.locator("#prompt").press("Tab")
    enter(page, "temperature", "0,1")
    page.wait_for_url("**temperature=0.1**")
    assert len(page.url) < 2000
    assert "prompt=" not in page.url
    page.reload()
    expect(page.locator("#prompt")).to_have_value(prompt)
    page.locator("a.language").click()
    page.wait_for_function("document.documentElement?.lang === 'en'")
    expect(page.locator("#prompt")).to_have_value(prompt)

    link = shared_link(page)
    assert len(link) < 2000
    said = page.locator(".share .left-out")
    assert said.inner_text().startswith("The prompt is left out: a link holds at most 2,000 characters.")
    assert "all but the prompt" in page.locator(".share figcaption").inner_text()
    page.locator(".share .close").click()
    page.locator("#prompt").fill("short")
    page.locator("#prompt").press("Tab")
    assert "prompt=short" in shared_link(page)
    assert not said.is_visible()


def test_no_other_link_gets_a_prompt_that_was_kept(open_page: OpenPage, server: str) -> None:
    page = open_page("?tab=generate")
    page.locator("#prompt").fill("字" * 3_000)
    enter(page, "temperature", "0.5")
    page.wait_for_url("**temperature=0.5**")
    page.goto(server + "?tab=generate&temperature=0.25")
    expect(page.locator("#temperature")).to_have_value("0.25")
    assert page.locator("#prompt").input_value() == ""


LINK = "n_layer=3&n_head=2&n_embd=64&seed=0&temperature=1&tab=costs&lock=seed&lang=en"


@pytest.mark.parametrize(
    "query",
    [
        "n_layer=3&amp;n_head=2&amp;n_embd=64&amp;tab=costs&amp;lock=seed&amp;lang=en).",
        wide("n_layer%3D3%26n_head%3D2%26n_embd%3D64%26tab%3Dcosts%26lock%3Dseed%26lang%3Den"),
        wide("n_layer=3&n_head=2&n_embd=64&tab=costs&lock=seed&lang=en&fbclid=IwAR0&utm_source=mail"),
    ],
)
def test_a_link_that_a_mail_program_has_had_opens_its_page(open_page: OpenPage, query: str) -> None:
    page = open_page("?" + query, **CLIPBOARD)
    page.locator(OPEN_TAB, has_text="Costs").wait_for()
    assert number(page) == count_parameters(GPTConfig(3, 2, 64)).unique_total
    assert page.locator(".confirmed.bad").count() == 0, "what others add is not complained of"
    assert page.locator("#seed").is_disabled()
    link = shared_link(page)
    assert link.partition("?")[2] == LINK


OUTER = """<body><script>window.heard = []; onmessage = (e) => window.heard.push(e.data)</script>
<iframe style="width:1300px;height:900px" allow="local-network-access" src="{url}?{query}"></iframe>"""


@pytest.mark.wide
def test_in_a_space_the_link_is_the_outer_pages(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "someone/gpt2-anatomy")
    process, url = start_server()
    try:
        page = browser.new_context(viewport={"width": 1340, "height": 950}, permissions=[LOCAL]).new_page()
        home = "https://huggingface.co/spaces/someone/gpt2-anatomy"
        body = OUTER.format(url=url, query="n_layer=3&amp;tab=generate&amp;lang=vi&amp;__sign=secret")
        page.route("https://huggingface.co/**", lambda r: r.fulfill(content_type="text/html", body=body))
        page.goto(home)
        frame = page.frame_locator("iframe")
        frame.locator(OPEN_TAB, has_text="Sinh văn bản").wait_for(timeout=60_000)
        frame.locator("#n_layer").fill("4")
        frame.locator("#n_layer").press("Tab")
        page.wait_for_function("window.heard.some((m) => m.queryString?.includes('n_layer=4'))")
        frame.locator(".share-button").click()
        link = frame.locator("#share-link").input_value()
        assert link == home + "?" + page.evaluate("window.heard.at(-1).queryString")
        assert "secret" not in link
        query = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
        assert (query["n_layer"], query["tab"], query["lang"]) == ("4", "generate", "vi")
        with urllib.request.urlopen(f"{url}qr-space.svg?{urlsplit(link).query}") as answer:
            assert link.replace("&", "&amp;") in answer.read().decode()
        frame.locator(".share img[src*='qr-space.svg']").wait_for()
    finally:
        process.terminate()
        process.wait(20)
