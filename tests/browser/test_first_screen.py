"""The picture that is seen before the page: it says and shows what the page will."""

from __future__ import annotations

import pytest
from browser_tools import attribute, wide
from playwright.sync_api import Browser

# The picture's shadow tree is closed to the page's scripts; here it is kept open to be read.
KEEP = """() => {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    if (this.id === "first-screen") window.picture = root;
    return root;
  };
}"""
TEXTS = ("h1", "[data-number]", ".note:not(:has(.confirmed))", ".scale i", "[role=tab]", "label",
         "[data-preset][aria-pressed=true]", "#build", "figure h2", "figure figcaption")  # fmt: skip
BOXES = ("h1", ".tools", ".left", ".presets", "[data-field=n_embd]", "[data-field=n_embd] [type=range]",
         "#build", ".scale", ".tiles", ".tabs-row", "[role=tab]:last-child", "figure.chart",
         "figure figcaption")  # fmt: skip
READ = """([picture, texts, boxes]) => {
  const root = picture ? window.picture : document;
  const shown = (e) => e.checkVisibility() && !e.closest(".tab-wrapper, .more");
  const first = (selector) => [...root.querySelectorAll(selector)].filter(shown);
  return [
    texts.map((s) => first(s).map((e) => e.textContent.trim()).filter(Boolean)),
    boxes.map((s) => {
      const { x, y, width } = first(s)[0].getBoundingClientRect();
      return [x, y, width].map(Math.round);
    }),
  ];
}"""


def look(
    browser: Browser, url: str, width: int, *, picture: bool
) -> tuple[dict[str, list[str]], dict[str, list[int]]]:
    """What each of TEXTS says, and x, y and width of each of BOXES in pixels."""
    page = browser.new_page(viewport={"width": width, "height": 1000})
    page.add_init_script(f"({KEEP})()")
    if picture:
        page.route("**/live.js", lambda route: route.abort())
        page.goto(url)
    else:
        page.goto(url)
        page.wait_for_selector("#first-screen", state="detached")
        page.wait_for_function("document.querySelector('#build').textContent.includes('CPU')")
    stood, (texts, boxes) = None, page.evaluate(READ, [picture, TEXTS, BOXES])
    while stood != boxes:  # fonts and styles may still come
        page.wait_for_timeout(400)
        stood, (texts, boxes) = boxes, page.evaluate(READ, [picture, TEXTS, BOXES])
    page.close()
    return dict(zip(TEXTS, texts, strict=True)), dict(zip(BOXES, boxes, strict=True))


@pytest.mark.parametrize(
    ("path", "width"),
    [
        ("", 1440),
        wide("vi?n_layer=24&n_head=16&n_embd=1024", 1440),
        ("?tie_weights=false&n_layer=3", 390),
        wide("?lock=n_layer&hide=more", 1366),
        wide("vi?projector=1", 1366),
    ],
)
def test_the_picture_is_the_page(browser: Browser, server: str, path: str, width: int) -> None:
    page_texts, page_boxes = look(browser, server + path, width, picture=False)
    texts, boxes = look(browser, server + path, width, picture=True)  # now the device is known
    for name in TEXTS:
        assert texts[name] or name[0:2] in (".n", "[d"), name  # a projector has no notes
        assert texts[name] == page_texts[name][: len(texts[name])], name
    for name in BOXES:
        assert boxes[name] == pytest.approx(page_boxes[name], abs=4), name


def test_with_a_tab_in_the_link_the_picture_has_no_chart(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.route("**/live.js", lambda route: route.abort())
    page.add_init_script(f"({KEEP})()")
    page.goto(server + "?tab=costs")
    assert attribute(page.locator("#first-screen"), "aria-hidden") == "true", (
        "where scripts run, it is a picture"
    )
    assert page.evaluate("window.picture.querySelector('figure.chart') === null")
    assert page.evaluate("window.picture.querySelector('[aria-selected=true]').dataset.tab") == "costs"
    page.close()


def test_the_dark_picture_is_dark(browser: Browser, server: str) -> None:
    page = browser.new_page(color_scheme="dark")
    page.route("**/live.js", lambda route: route.abort())
    page.add_init_script(f"({KEEP})()")
    page.goto(server)
    ground = page.evaluate("getComputedStyle(window.picture.querySelector('.look')).backgroundColor")
    assert ground == "rgb(13, 18, 28)"
    page.close()


@pytest.mark.parametrize(
    ("path", "says", "shown"),
    [
        ("", "This page needs JavaScript", "124,439,808"),
        ("vi?n_layer=24&n_head=16&n_embd=1024&tab=lesson", "Trang này cần JavaScript", "354.823.168"),
        ("?step=3", "This page needs JavaScript", "124,439,808"),
    ],
)
def test_without_scripts_it_is_the_page(
    browser: Browser, server: str, path: str, says: str, shown: str
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(server + path)
    assert page.locator(".no-script").inner_text().startswith(says)
    assert page.locator("gradio-app").is_hidden()
    if shown:
        assert page.locator("#first-screen .tile.big dd").first.inner_text() == shown
        host = page.locator("#first-screen")
        assert host.evaluate("(host) => getComputedStyle(host).animationName") == "none", "it stays"
        assert host.get_attribute("aria-hidden") is None
        top = page.locator(".no-script").bounding_box()
        picture = page.locator("#first-screen h1").bounding_box()
        assert top is not None
        assert picture is not None
        assert top["y"] + top["height"] <= picture["y"], "the sentence covers nothing"
    context.close()
