"""The drawing of the model, and that all three follow the sliders."""

from __future__ import annotations

import json

from browser_tools import OpenPage, at_widths, attribute, box, enter, open_tab, text_content


def test_the_drawing_has_every_shape_and_opens_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    open_tab(page, "drawing")
    page.locator(".canvas [data-part]").first.wait_for()
    drawn = text_content(page.locator(".canvas svg"))
    for shape in ("(B, T, 3E)", "1 × 1,024 × 2,304", "(B, H, T, T)", "1 × 1,024 × 50,257", "tied"):
        assert shape in drawn
    enter(page, "drawing-batch", 8)
    enter(page, "drawing-tokens", 256)
    assert "8 × 256 × 3,072" in text_content(page.locator(".canvas svg"))
    enter(page, "drawing-tokens", 1025)
    assert page.locator("#drawing-tokens").get_attribute("aria-invalid") == "true"
    assert "1 to 1,024" in page.locator("#drawing-tokens-hint").inner_text()
    assert "8 × 256 × 3,072" in text_content(page.locator(".canvas svg"))
    for part in page.locator(".canvas [data-part]").all():
        part.focus()
        page.keyboard.press("Space")
        assert part.get_attribute("aria-pressed") == "true"
        assert attribute(part, "aria-label").startswith(page.locator(".about h3").inner_text())
    page.locator("[data-part=c_fc]").click()
    assert "28,348,416" in page.locator(".about").inner_text()
    page.get_by_role("button", name="More").click()
    page.locator("#tie_weights").uncheck()
    page.wait_for_timeout(100)
    assert "tied" not in text_content(page.locator(".canvas svg"))
    page.get_by_text("The drawing in words").click()
    page.locator(".drawing ol li").first.wait_for()
    assert page.locator(".drawing ol li").count() == page.locator(".canvas [data-part]").count()


def test_moving_heads_says_that_no_count_has_changed(open_page: OpenPage) -> None:
    page = open_page()
    open_tab(page, "drawing")
    page.locator(".canvas [data-part]").first.wait_for()
    paradox = page.locator(".paradox")
    assert paradox.inner_text() == ""
    enter(page, "n_head", 24)
    said = paradox.inner_text()
    for words in ("12 → 24", "124,439,808", "64 to 32", "50.3 MB to 100.7 MB"):
        assert words in said
    enter(page, "n_head", 6)
    assert "24 → 6" in paradox.inner_text()
    enter(page, "n_layer", 11)
    assert paradox.inner_text() == ""


def test_all_three_follow_a_slider_without_a_request(open_page: OpenPage) -> None:
    page = open_page()
    requests = []
    page.wait_for_timeout(800)
    # What a view begins with is fetched when it opens.
    page.on("request", lambda r: requests.append(r.url))
    for tab in ("parameters", "drawing", "costs"):
        open_tab(page, tab)
        seen = page.evaluate(
            """async () => {
              const slider = document.querySelector('[data-field=n_embd] input[type=range]');
              const texts = new Set();
              // In a drag what is out of the window waits.
              document.querySelectorAll('.sheet').forEach((s) => s.scrollIntoView({ behavior: 'instant' }));
              await new Promise((done) => setTimeout(done, 100));
              for (const width of [64, 512, 1600]) {
                slider.value = width;
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                await new Promise((done) => setTimeout(done, 60));
                texts.add([...document.querySelectorAll('.sheet')].filter((s) => s.offsetParent)
                  .map((s) => s.textContent).join());
              }
              return [...texts];
            }"""
        )
        assert len(seen) == 3
        assert json.dumps(seen).count("1,600") > 3
    assert [url for url in requests if "/example-" not in url] == []


def test_what_is_out_of_the_window_in_a_drag_follows_at_its_end(open_page: OpenPage) -> None:
    page = open_page()
    page.wait_for_timeout(800)
    waited, followed = page.evaluate(
        """async () => {
          const slider = document.querySelector('[data-field=n_embd] input[type=range]');
          const sheet = document.querySelector('.sheet'), texts = [sheet.textContent];
          slider.value = 1600;
          for (const kind of ['input', 'change']) {
            slider.dispatchEvent(new Event(kind, { bubbles: true }));
            await new Promise((done) => setTimeout(done, 100));
            texts.push(sheet.textContent);
          }
          return [texts[1] === texts[0], texts[2] !== texts[0]];
        }"""
    )
    assert waited
    assert followed


STICKS_OUT = """() => [...document.querySelectorAll('.sheet')].flatMap((sheet) => {
  const edge = sheet.getBoundingClientRect().right;
  return [...sheet.querySelectorAll('*')].filter((part) => part.getBoundingClientRect().right > edge);
}).map((part) => part.outerHTML.slice(0, 100))"""


def test_nothing_sticks_out(open_page: OpenPage) -> None:
    page = open_page("vi?n_layer=48&n_head=25&n_embd=1600")
    for tab in ("parameters", "drawing", "costs"):
        open_tab(page, tab)
        for width in at_widths(page, 360, 390, 1024, 1440):
            sheet = box(page.locator(".sheet:visible").first)
            assert sheet["x"] + sheet["width"] <= width
            assert page.evaluate(STICKS_OUT) == []
