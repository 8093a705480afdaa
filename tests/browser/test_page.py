"""The whole main job in the browser: build, generate, link, in both languages."""

from __future__ import annotations

import re
import time

from browser_tools import FINISHED, STICKS_OUT, OpenPage, at_widths, enter, number, open_tab

from gpt2core.validation import TABS


def test_build_then_generate_on_gpt2_small(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#build").click()
    page.locator(".verdict.good", has_text="All three agree: 124,439,808").wait_for(timeout=60_000)
    page.locator(".build-part summary").click()
    built = page.locator(".build-part .result").first.inner_text()
    for word in ("CPU", "float32", "497.8 MB", "163,037,184", "c_attn", "Total params"):
        assert word in built
    open_tab(page, "generate")
    page.locator("#prompt").fill("Once upon a time")
    enter(page, "temperature", "0.1")
    enter(page, "max_new_tokens", 30)
    start = time.monotonic()
    page.locator("#generate").click()
    page.wait_for_function("document.querySelector('.said')?.textContent", timeout=60_000)
    first = time.monotonic() - start
    page.locator(".result .end", has_text=FINISHED).wait_for(timeout=120_000)
    total = time.monotonic() - start
    assert first < 0.5 * total
    assert page.locator(".prompted").first.inner_text() == "Once upon a time"
    assert "30 tokens" in page.locator(".generation-part .facts-line").inner_text()
    caption = page.locator("[data-chart=distribution] figcaption").inner_text()
    assert re.search(
        r"entropy 10\.\d+ nats at T = 1, \d\.\d+ at T = 0.1, out of at most ln V = 10.825", caption
    )


def test_what_is_generated_or_typed_is_never_markup(open_page: OpenPage) -> None:
    page = open_page("?n_layer=1&n_head=1&n_embd=64")
    open_tab(page, "generate")
    hostile = '<img src=x onerror="window.owned=1"><script>window.owned=1</script><b>bold</b>'
    page.locator("#prompt").fill(hostile)
    enter(page, "max_new_tokens", 40)
    page.locator("#generate").click()
    page.locator(".result .end", has_text=FINISHED).wait_for(timeout=60_000)
    assert page.locator(".prompted").inner_text() == hostile
    assert page.locator(".generation-part img, .generation-part script, .generation-part b").count() == 0
    assert page.evaluate("window.owned") is None


def test_refusals_on_the_page_keep_what_was_there(open_page: OpenPage) -> None:
    page = open_page("?n_layer=1&n_head=1&n_embd=64&block_size=8")
    open_tab(page, "generate")
    page.locator("#prompt").fill("Xin chào các bạn, one two three four five six")
    page.locator("#generate").click()
    page.locator(".refusal", has_text="the context holds at most 8").wait_for(timeout=30_000)
    assert page.locator("#prompt").input_value().startswith("Xin chào")
    enter(page, "top_p", 0)
    page.locator("#prompt").fill("")
    page.locator("#generate").click()
    page.locator(".refusal", has_text="Top-p is 0").wait_for()
    enter(page, "top_p", 1)
    page.locator("#generate").click()
    page.locator(".result .end", has_text="The context of 8 tokens is full").wait_for(timeout=30_000)


def test_too_big_is_refused_in_words(open_page: OpenPage) -> None:
    page = open_page("vi?n_layer=128&n_head=128&n_embd=16384")
    page.locator("#build").click()
    page.locator(".refusal", has_text="bộ nhớ").wait_for(timeout=30_000)
    assert page.locator("#n_embd").input_value() == "16384"


def test_a_link_opens_that_page(open_page: OpenPage) -> None:
    page = open_page("?n_layer=6&n_head=8&n_embd=512&seed=5&block_size=256&bias=false&lang=vi")
    assert page.url.split("?")[0].endswith("/vi")
    assert page.evaluate("document.documentElement.lang") == "vi"
    shown = {f: page.locator(f"#{f}").input_value() for f in ("n_layer", "n_head", "n_embd", "seed")}
    assert shown == {"n_layer": "6", "n_head": "8", "n_embd": "512", "seed": "5"}
    assert page.locator("#block_size").input_value() == "256"
    assert not page.locator("#bias").is_checked()
    enter(page, "n_layer", 7)
    assert "n_layer=7" in page.url
    page.locator("a.language").click()
    page.wait_for_function("document.documentElement?.lang === 'en'")
    page.wait_for_function("document.querySelector('#n_layer')?.value === '7'")
    assert number(page) > 0


def test_the_language_link_takes_the_state_along(open_page: OpenPage) -> None:
    page = open_page("?n_layer=2&n_head=2&n_embd=128")
    page.locator("a.language").click()
    page.wait_for_function("document.documentElement?.lang === 'vi'")
    page.wait_for_function("document.querySelector('#n_layer')?.value === '2'")


def test_the_linked_values_reach_python(open_page: OpenPage) -> None:
    """Also those of controls that are folded away."""
    page = open_page(
        "?n_layer=1&n_head=2&n_embd=64&block_size=32&vocab_size=60000&tie_weights=false&seed=9"
    )
    page.locator("#build").click()
    page.locator(".build-part .verdict.good").wait_for(timeout=60_000)
    page.locator(".build-part summary").click()
    text = page.locator(".build-part .result").first.inner_text()
    assert "[1, 32, 60000]" in text
    assert re.search(r"Seed\s+9", text)
    assert number(page) == number(page, "per_module_total")


def test_a_bad_link_opens_the_default_with_a_sentence(open_page: OpenPage) -> None:
    page = open_page("?n_layer=<script>&n_embd=1e9&seed=5")
    assert number(page) == 124_439_808
    page.locator(".confirmed", has_text="Layers").wait_for()


VISIBLE_TEXTS = """() => {
  const LEFT_OUT = 'script,style,.plot,.language,pre,.speech,.lab-part,.temperature-part,.tab-wrapper';
  const root = document.querySelector('.gradio-container');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.checkVisibility({ visibilityProperty: true }) && !parent.closest(LEFT_OUT))
      found.add(walker.currentNode.textContent.trim());
  }
  for (const name of ['aria-label', 'title', 'placeholder'])
    for (const element of root.querySelectorAll(`[${name}]`))
      if (element.checkVisibility({ visibilityProperty: true })) found.add(element.getAttribute(name));
  return [...found].filter((s) => /\\p{L}{2}/u.test(s));
}"""
# Names that Vietnamese courses leave in English, tokens, and figures with their units.
SAME = re.compile(
    r"Small|Medium|Large|XL|nano|micro|mini|Top-k|Top-p|SVG|PNG|MLP|wte|wpe|lm_head|LayerNorm|float32"
    r"|\d[\d.,]* [kMG]?B|CPU.*|(transformer|h)\..*|<\|endoftext\|>"
)


def test_no_text_is_the_same_in_both_languages(open_page: OpenPage) -> None:
    found = {}
    for path in ("", "vi"):
        page = open_page(path + "?n_layer=1&n_head=1&n_embd=64")
        page.locator("#build").click()
        page.locator(".verdict").wait_for(timeout=60_000)
        open_tab(page, "generate")
        enter(page, "max_new_tokens", 2)
        page.locator("#generate").click()
        page.wait_for_function("document.querySelector('.result .end')?.textContent", timeout=60_000)
        found[path] = set(page.evaluate(VISIBLE_TEXTS))
        said = page.locator(".said").inner_text().strip()
        found[path].discard(said)
    assert len(found["vi"]) > 40
    assert {text for text in found[""] & found["vi"] if not SAME.fullmatch(text)} == set()


def test_nothing_sticks_out_sideways(open_page: OpenPage) -> None:
    page = open_page("vi")
    page.locator("#build").click()
    page.locator(".build-part .verdict.good").wait_for(timeout=60_000)
    for tab in TABS:
        open_tab(page, tab)
        for width in at_widths(page, 360, 1024, 1440):
            assert page.evaluate(STICKS_OUT) == [], (tab, width)
    page.add_style_tag(content=".numbers, .figures-on-top { width: 2000px !important; }")
    assert page.evaluate(STICKS_OUT), "this test can fail"
