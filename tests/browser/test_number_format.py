"""The number format on the page: what it changes, and what of it the device offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from app_process import start_server
from browser_tools import OpenPage, attribute, number, open_tab, wide
from number_formats import needs_bfloat16
from playwright.sync_api import expect

from gpt2core import GPTConfig
from gpt2core.i18n import t

TINY = "n_layer=2&n_head=2&n_embd=64"


@pytest.fixture(scope="module", params=["bfloat16,float32", wide("float32")])
def offering(request: pytest.FixtureRequest) -> Iterator[tuple[list[str], str]]:
    """What a device offers, as a GPU and as a CPU without instructions for bfloat16, and the app on it."""
    process, url = start_server("tests/browser/offering_app.py", request.param)
    yield request.param.split(","), url
    process.terminate()
    process.wait(20)


@needs_bfloat16
def test_bytes_follow_it(open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".more-part button").click()
    assert page.locator("[data-number=weight_bytes]").inner_text() == "497.8 MB"
    assert "dtype" not in page.url
    page.get_by_role("radio", name="bfloat16").check()
    page.locator(".confirmed", has_text="Python counts the same").wait_for()
    assert "dtype=bfloat16" in page.url
    assert page.locator("[data-number=weight_bytes]").inner_text() == "248.9 MB"
    assert page.locator("[data-number=kv_bytes_per_token]").inner_text() == "36.9 kB"
    assert (
        page.locator("[data-note=dtype_note]").all_inner_texts()
        == [t("number.dtype_note_bfloat16", "en")] * 2
    )
    assert number(page) == 124_439_808
    open_tab(page, "costs")
    head = page.locator("[data-sheet=memory] th[aria-current=true]")
    expect(head).to_have_text(t("sheet.memory.half", "en"))
    assert "2 × " in str(page.locator("#formula-weights .symbols").text_content())


@needs_bfloat16
def test_a_model_is_built_and_speaks_in_it(open_page: OpenPage) -> None:
    page = open_page(f"?{TINY}&dtype=bfloat16")
    page.locator("#build").click()
    facts = page.locator(".build-part .facts-line")
    facts.wait_for()
    assert "bfloat16" in facts.inner_text()
    page.locator(".more-part button").click()
    page.get_by_role("radio", name="float32").check()
    assert "format bfloat16" in page.locator(".result .outdated").first.inner_text()
    page.get_by_role("radio", name="bfloat16").check()
    open_tab(page, "generate")
    page.locator("#generate").click()
    page.locator(".facts-line", has_text="bfloat16").wait_for()
    page.locator("#lab-tying").click()
    size = f"{2 * GPTConfig().vocab_size * 64 / 1e6:.1f} MB"
    page.locator("[data-lab=tying]", has_text=size).wait_for()


def test_a_device_says_what_it_begins_with_and_what_it_has_not(
    open_page: OpenPage, offering: tuple[list[str], str]
) -> None:
    offered, url = offering
    page = open_page(f"?{TINY}", at=url)
    page.locator(".more-part button").click()
    radios = page.locator("[data-field=dtype] input")
    page.wait_for_function("document.querySelector('#dtype-hint').textContent.includes('. ')")
    first, second = radios.nth(0), radios.nth(1)
    assert attribute(first, "value") == offered[0]
    assert first.is_checked()
    assert "dtype" not in page.url, "nobody has chosen anything"
    hint = page.locator("#dtype-hint").inner_text()
    if len(offered) == 1:
        assert second.is_disabled()
        assert hint.endswith(t("hint.dtype_missing", "en"))
        assert page.locator("[data-field=dtype] label[title]").inner_text() == "bfloat16"
    else:
        assert second.is_enabled()
        assert hint.endswith(t("hint.dtype_first", "en"))
        second.check()
        assert "dtype=float32" in page.url, "a link that said nothing would begin with the other"
        assert page.locator("[data-note=dtype_note]").first.inner_text() == t(
            "number.dtype_note_float32", "en"
        )


def test_a_link_that_names_a_format_wins_where_the_device_has_it(
    open_page: OpenPage, offering: tuple[list[str], str]
) -> None:
    offered, url = offering
    for wanted in ("float32", "bfloat16"):
        page = open_page(f"?{TINY}&dtype={wanted}", at=url)
        page.wait_for_function("document.querySelector('#dtype-hint').textContent.includes('. ')")
        held = wanted if wanted in offered else "float32"
        checked = page.locator("[data-field=dtype] input:checked")
        assert attribute(checked, "value") == held
        said = page.locator(".confirmed").inner_text()
        assert ("must be float32 here" in said) == (wanted not in offered)
        page.locator("#build").click()
        page.locator(".build-part .facts-line", has_text=held).wait_for()
