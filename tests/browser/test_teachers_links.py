"""A teacher's link fixes what it says, and hides it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from browser_tools import CLIPBOARD, OpenPage, attribute, enter, number, shared_link, wide

from gpt2core import GPTConfig, count_parameters
from gpt2core.ui.links import LOCK_NAMES


def test_a_teachers_link_fixes_and_hides(open_page: OpenPage, server: str) -> None:
    teacher = open_page("?n_layer=6&n_head=6&n_embd=384", **CLIPBOARD)
    teacher.locator(".share-button").click()
    teacher.locator(".teacher summary").click()
    for label in (
        "Fixed: Heads",
        "Fixed: Prompt",
        "Fixed: Biases",
        "Hidden: Embedding size",
        "Hidden: More",
    ):
        teacher.get_by_label(label).check()
    teacher.locator(".share .close").click()
    link = shared_link(teacher)
    assert "lock=n_head,bias,prompt&hide=more,n_embd" in link

    page = open_page(link.removeprefix(server))
    for selector in ("#n_head", "[data-field=n_head] input[type=range]", "#bias"):
        assert page.locator(selector).is_disabled()
    described = attribute(page.locator("#n_head"), "aria-describedby").split()
    assert page.locator(f"#{described[-1]}").inner_text() == "Your teacher's link has fixed this."
    assert page.locator("#n_layer").is_enabled()
    for hidden in ("#n_embd", ".more-part button", "#bias"):
        assert not page.locator(hidden).is_visible()
    assert page.locator("[data-preset=gpt-mini]").is_enabled()
    assert page.locator("[data-preset=gpt2]").is_disabled()
    page.evaluate(
        """async () => {
          const files = performance.getEntriesByType('resource').map((r) => r.name);
          const store = await import(files.find((name) => name.endsWith('/store.js')));
          store.set('n_head', 3, { settled: true });
          store.setMany({ n_head: 12, bias: false, n_layer: 2 });
        }"""
    )
    page.wait_for_url("**n_layer=2**")
    assert page.locator("#n_head").input_value() == "6"
    assert page.locator("#bias").is_checked()
    page.locator("[data-tab=generate]").click()
    page.locator("#prompt:disabled").wait_for(timeout=10_000)  # it comes with the tab
    assert "lock=n_head,bias,prompt&hide=more,n_embd" in page.url, "the address stays the teacher's"


def test_the_labs_slider_is_fixed_with_its_control(open_page: OpenPage) -> None:
    page = open_page("?lock=temperature&temperature=0.1&tab=generate")
    page.locator(".temperature input[type=range]").wait_for(state="attached")
    assert page.locator(".temperature input[type=range]").is_disabled()


def test_heads_that_a_teacher_has_fixed_stay_and_the_width_is_refused(open_page: OpenPage) -> None:
    page = open_page("?n_head=12&n_embd=768&lock=n_head")
    total = number(page)
    enter(page, "n_embd", 100)
    assert page.locator("#n_head").input_value() == "12"
    assert page.locator("#n_embd").get_attribute("aria-invalid") == "true"
    said = page.locator("#n_embd-hint").inner_text()
    assert "must be a multiple of the 12 heads" in said
    assert "96 / 108" in said
    assert (number(page), number(page, "head_dim")) == (total, 64), "a refused value changes nothing"
    assert "n_embd=768" in page.url
    enter(page, "n_embd", 96)
    assert page.locator("#n_embd").get_attribute("aria-invalid") == "false"
    assert (page.locator("#n_head").input_value(), number(page, "head_dim")) == ("12", 8)
    assert "12 × 8 = 96" in page.locator("#n_head-hint").inner_text()


@pytest.mark.parametrize(
    ("query", "width", "shown"), [("n_head=12&n_embd=100", "100", 768), wide("n_head=25", "768", 775)]
)
def test_a_link_whose_fixed_heads_do_not_fit_its_width_says_so(
    open_page: OpenPage, query: str, width: int, shown: str
) -> None:
    page = open_page(f"?{query}&lock=n_head")
    heads = query.partition("&")[0].removeprefix("n_head=")
    sentence = page.locator(".confirmed").inner_text()
    assert sentence == (
        f"Embedding size: the {heads} heads that the link has fixed cannot share {width}, "
        f"so {shown} stands there."
    )
    assert page.locator("#n_head").input_value() == heads
    assert page.locator("#n_embd").input_value() == str(shown)
    page.locator("a.language").click()
    page.wait_for_function("document.documentElement?.lang === 'vi'")
    assert page.locator("#n_head").input_value() == heads


@pytest.mark.parametrize("said", ["__proto__", wide("constructor"), wide("toString")])
def test_a_switch_takes_true_and_false_only(open_page: OpenPage, said: str) -> None:
    page = open_page(f"?bias={said}&tie_weights=false&tie_weights=true&n_layer=3&n_layer=5")
    assert f'Biases: "{said}" could not be used' in page.locator(".confirmed").inner_text()
    assert number(page) == count_parameters(GPTConfig(n_layer=3, tie_weights=False)).unique_total
    assert "bias=" not in attribute(page.locator("a.language"), "href")


def test_a_link_that_lets_students_move_only_heads_takes_three_presses(open_page: OpenPage) -> None:
    page = open_page(**CLIPBOARD)
    page.locator(".share-button").click()
    page.locator(".share").get_by_role("button", name="Heads").click()
    page.locator(".share .copy").click()
    page.locator(".share .copied:not(:empty)").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    locked = parse_qs(urlsplit(link).query)["lock"][0].split(",")
    assert set(locked) == {*LOCK_NAMES} - {"n_head"}
