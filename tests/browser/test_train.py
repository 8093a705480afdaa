"""The view 'Train' as a visitor finds it: a run that is watched, stopped and shared, and what it leaves."""

from __future__ import annotations

from typing import Literal

import pytest
from browser_axe import prepare, violations
from browser_tools import STICKS_OUT, OpenPage, box, enter, open_tab, wide
from playwright.sync_api import Page, expect

from gpt2core.config import GPTConfig
from gpt2core.i18n import t
from gpt2core.ui.page_data import TRAINABLE, TRAINABLE_ON_EXERCISES
from gpt2core.validation import SIZE_FIELDS

SHAPE = "n_layer=1&n_head=2&n_embd=32&block_size=64&vocab_size=256&batch_size=8"
ENDED = ".training .end:not(:empty)"
POINTS = "[data-chart=training] .scatterlayer .trace:nth-child(2) .points path"


def press(page: Page) -> None:
    page.locator("#train").click()
    page.locator(".training[data-shows=run]").wait_for(timeout=60_000)


def run(page: Page) -> None:
    """Presses Train, and waits for the end."""
    press(page)
    page.locator(ENDED).wait_for(timeout=60_000)


def reading(page: Page, name: str) -> str:
    return page.locator(f"[data-reading={name}] b").inner_text()


def test_a_run_is_watched_and_its_weights_speak(open_page: OpenPage, server: str) -> None:
    page = open_page(f"?tab=train&{SHAPE}&seconds=4&source=sums", width=1366, height=650)
    assert page.locator("#before-after").get_attribute("aria-disabled") == "true"
    assert page.locator(".weights").is_hidden()
    press(page)
    page.locator(".said", has_text="1").first.wait_for(timeout=60_000)  # a sample: sums have digits
    page.locator(ENDED).wait_for(timeout=60_000)
    assert page.locator(POINTS).count() >= 2
    plot = box(page.locator("[data-chart=training] .plot"))
    assert 0 <= plot["y"] <= 650 - plot["height"], "the curve is seen whole"
    assert float(reading(page, "validation_loss")) < 5.5
    assert reading(page, "accuracy").endswith("%")
    steps = page.locator("#steps").input_value()
    page.wait_for_url(f"**steps={steps}**")
    assert int(steps) > 0
    page.locator("[data-chart=training] summary").click()
    expect(page.locator("[data-chart=training] tr")).to_have_count(1 + page.locator(POINTS).count())
    link = page.url.removeprefix(server)

    prompt = page.locator(".training .prompted").inner_text()
    assert prompt.endswith("="), "a sum is asked"
    page.locator(".use-weights").click()
    page.wait_for_url("**weights=sums-**")
    expect(page.locator("#prompt")).to_have_value(prompt)
    assert page.locator(".weights input:checked").input_value() in page.url
    page.locator("#generate").click()
    page.locator(".generation-part .end:not(:empty)").wait_for(timeout=60_000)
    open_tab(page, "train")
    pressed = t("train.compare", "en")
    page.locator(".beforeAfter-part .example", has_text=f"Press “{pressed}” for yours").wait_for()
    page.locator("#before-after").click()
    page.locator(".beforeAfter-part .end:not(:empty)").wait_for(timeout=60_000)
    assert page.locator(".beforeAfter-part .speech").count() == 8
    enter(page, "n_layer", 2)
    page.locator(".weights .let-go", has_text=t("weights.let_go", "en")).wait_for()
    page.wait_for_url(lambda url: "weights=" not in url and "steps=" not in url)
    assert page.locator(".training .outdated").inner_text() == t("train.outdated", "en")
    assert page.locator("#before-after").get_attribute("aria-disabled") == "true"

    other = open_page(f"vi{link.replace('lang=en', 'lang=vi')}")
    run(other)
    assert reading(other, "tokens_seen").replace(",", ".") == reading(page, "tokens_seen")
    assert reading(other, "validation_loss").replace(",", ".") == reading(page, "validation_loss")


def test_a_stopped_run_goes_on(open_page: OpenPage) -> None:
    page = open_page(f"?tab=train&{SHAPE}&seconds=60")
    press(page)
    page.wait_for_function("Number(document.querySelector('#steps').value) > 0", timeout=60_000)
    page.wait_for_function("document.querySelector('.training progress').value > 0", timeout=60_000)
    page.locator("#stop-train").click()
    page.locator(ENDED, has_text="Stopped after").wait_for()
    steps = page.locator("#steps").input_value()
    page.locator("#train[aria-disabled=false]").wait_for(timeout=30_000)
    assert page.locator(".again").inner_text() == t("train.go_on", "en")
    page.locator(".again").click()
    page.locator(".at-step", has_text="Step").wait_for(timeout=60_000)
    page.wait_for_function("document.querySelector('.training progress').value > 0", timeout=60_000)
    assert page.locator("#steps").input_value() == steps
    page.locator("#stop-train").click()
    page.locator(ENDED, has_text="Stopped after").wait_for()


def test_a_text_of_ones_own_is_shared_by_its_link_and_forgotten(open_page: OpenPage, server: str) -> None:
    page = open_page(f"vi?tab=train&{SHAPE}")
    page.locator("[name=source][value=text]").check()
    enter(page, "steps", 20)
    secret = "Một câu chuyện không ai biết. "
    page.locator("#own-text").fill(secret * 200)
    assert page.locator(".counted").inner_text() == "6.000 ký tự"
    run(page)
    page.wait_for_url("**source=text-**")
    assert "chuy" not in page.url
    assert page.locator("#own-text").is_hidden()
    other = open_page(page.url.removeprefix(server))
    assert t("train.kept", "vi") in other.locator(".own-text").inner_text()
    run(other)
    assert reading(other, "validation_loss") == reading(page, "validation_loss")
    page.locator("#forget").click()
    page.locator(".forgotten", has_text=t("train.forgotten", "vi")).wait_for(timeout=30_000)
    page.wait_for_url(lambda url: "text-" not in url)
    assert page.locator("#own-text").input_value() == ""
    assert page.locator("#forget").is_hidden()
    assert page.locator(".training .run").is_hidden()
    other.locator("#train").click()
    other.locator(".training .refusal").wait_for(timeout=30_000)


def test_a_shape_that_learns_nothing_is_told_of_and_one_that_does_is_offered(open_page: OpenPage) -> None:
    page = open_page("?tab=train")
    advice, take = page.locator(".advice"), page.locator(".take-size")
    assert "124,439,808 parameters" in advice.inner_text()
    enter_hidden(page, "vocab_size", 100)
    assert "cannot hold any text" in advice.inner_text()
    take.click()
    page.wait_for_url(f"**{link_of(TRAINABLE)}**")
    assert advice.is_hidden()
    page.locator("[data-preset=gpt2]").click()
    page.locator("[name=source][value=sums]").check()
    take.click()
    page.wait_for_url(f"**{link_of(TRAINABLE_ON_EXERCISES)}**")


def link_of(config: GPTConfig) -> str:
    fields = (*SIZE_FIELDS, "block_size", "vocab_size")
    return "&".join(f"{field}={getattr(config, field)}" for field in fields)


def enter_hidden(page: Page, field: str, value: object) -> None:
    """Types into a control behind 'More'."""
    page.locator(".more-part button").click()
    enter(page, field, value)
    page.locator(".more-part button").click()


@pytest.mark.parametrize(
    ("lang", "width", "theme", "look"),
    [
        wide("vi", 390, "dark", ""),
        wide("", 1440, "light", "&projector=1"),
        wide("vi", 1440, "light", "&projector=1"),
        wide("", 390, "light", ""),
        wide("vi", 1024, "dark", ""),
        wide("", 1024, "light", "&projector=1"),
    ],
)
def test_a_run_looks_right_everywhere(
    open_page: OpenPage, lang: str, width: int, theme: Literal["light", "dark"], look: str
) -> None:
    page = open_page(f"{lang}?tab=train&{SHAPE}&steps=20{look}", width=width, color_scheme=theme)
    run(page)
    page.locator(POINTS).first.wait_for(timeout=30_000)
    assert page.evaluate(STICKS_OUT) == []
    prepare(page)
    assert violations(page, ".house") == []
    page.locator(".along input[value=seconds]").check()
    title = page.locator("[data-chart=training] .xtitle", has_text=t("chart.along_seconds", lang or "en"))
    title.wait_for()
