"""The lesson as a student walks it: a link, a guess, the answer, out to a tab and back."""

from __future__ import annotations

import re

import pytest
from browser_tools import OpenPage, box, enter, number, wide
from playwright.sync_api import Locator, Page, expect

from gpt2core import GPTConfig, count_parameters
from gpt2core.i18n import t
from gpt2core.lesson import steps
from gpt2core.ui.page_data import TRAINABLE

OPEN_STEP = ".lesson article:not([hidden])"
FOCUSED = "document.activeElement.closest('h2, h3, button')?.textContent"


def lesson(page: Page) -> Locator:
    page.locator(OPEN_STEP).wait_for()
    return page.locator(OPEN_STEP)


def open_tab_id(page: Page) -> str | None:
    return page.locator('[data-tab-id][aria-selected="true"]').get_attribute("data-tab-id")


@pytest.mark.parametrize("lang", [wide("en"), "vi"])
def test_guess_look_try_come_back_and_go_on(open_page: OpenPage, lang: str) -> None:
    def say(key: str, **fill: object) -> str:
        return t(f"lesson.{key}", lang, **fill)

    page = open_page(("" if lang == "en" else lang) + "?step=6&n_layer=3")
    step, written = lesson(page), steps(lang)[5]
    assert step.locator("h2").inner_text() == written.title
    assert page.locator(".lesson .progress").inner_text() == say("progress", n=6, of=len(steps(lang)))
    assert step.locator(".reveal").inner_text() == say("show")
    assert not step.locator(".revealed").is_visible()

    step.locator("input").first.focus()
    page.keyboard.press("ArrowDown")  # moves on to the right choice
    page.keyboard.press("ArrowUp")
    assert step.locator(".reveal").inner_text() == say("check")
    step.locator(".reveal").press("Enter")
    answer = step.locator("label").nth(written.right).inner_text().strip()
    assert step.locator(".verdict").inner_text() == say("wrong", answer=answer)
    assert step.locator("[data-reply]:visible").inner_text() == written.choices[0].reply
    assert page.evaluate(FOCUSED) == say("answer")
    total = count_parameters(GPTConfig(3, 12, 768))
    figures = [int(re.sub(r"\D", "", n)) for n in step.locator(".counted").all_inner_texts()]
    assert figures == [total.per_module_total, total.tying_correction, total.unique_total]

    step.locator(".do-it").click()
    page.wait_for_function(FOCUSED + f" === {say('back', n=6)!r}")
    assert open_tab_id(page) == "generate"
    assert number(page) == 124_439_808
    assert page.locator(".wayback p").inner_text() == written.look
    page.keyboard.press("Enter")
    assert lesson(page).locator(".verdict").is_visible(), "the answer is still there"
    page.locator(".wayback").wait_for(state="hidden", timeout=5_000)
    step.locator(".next").click()
    assert lesson(page).locator("h2").inner_text() == steps(lang)[6].title == page.evaluate(FOCUSED)
    assert "step=7" in page.url
    lesson(page).locator(".do-it").click()
    page.locator(".wayback").wait_for()
    assert "temperature=0.5" in page.url
    page.locator(".wayback .end").click()
    page.locator(".wayback").wait_for(state="hidden", timeout=5_000)
    assert "step=" not in page.url


def test_the_labels_differ_between_the_languages(open_page: OpenPage) -> None:
    seen = []
    for path in ("?step=1", "vi?step=1"):
        page = open_page(path)
        step = lesson(page)
        step.locator(".reveal").click()
        texts = step.locator("h2, h3, legend, label, button:visible, .verdict").all_inner_texts()
        seen.append({text.strip() for text in (*texts, page.locator(".lesson .progress").inner_text())})
    assert len(seen[0]) == len(seen[1]) > 12
    assert not seen[0] & seen[1]


@pytest.mark.parametrize("said", ["99", *map(wide, ["0", "2.5", "x"])])
def test_a_bad_step_opens_the_start(open_page: OpenPage, said: str) -> None:
    page = open_page(f"?step={said}")
    assert lesson(page).get_attribute("data-step") == "1"
    if said != "0":
        page.locator(".confirmed", has_text=f'Lesson step: "{said}" could not be used').wait_for()


def test_numbers_in_the_text_follow_the_sliders(open_page: OpenPage) -> None:
    page = open_page("?step=9")
    lesson(page).locator(".reveal").click()
    enter(page, "n_layer", 5)
    numbers = lesson(page).locator(".counted").all_inner_texts()[::2]
    shapes = [(5, 768), (10, 768), (5, 1536)]
    assert numbers == [f"{count_parameters(GPTConfig(n, 12, e)).unique_total:,}" for n, e in shapes]


def test_on_a_phone_a_step_brings_what_it_means_into_sight_and_back_is_the_answer(
    open_page: OpenPage,
) -> None:
    page = open_page("vi?step=3", width=390, height=700)
    lesson(page).locator(".do-it").click()
    meant = page.locator("[data-field=n_head].meant")
    meant.wait_for()
    page.wait_for_timeout(1200)  # it scrolls
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    bar = box(page.locator(".wayback"))
    slider = box(meant.locator("[type=range]"))
    assert bar["y"] + bar["height"] <= slider["y"], "the bar covers nothing of it"
    assert slider["y"] + slider["height"] <= 700
    expect(page.locator("[data-number=unique_total]")).to_be_in_viewport()
    page.locator(".wayback .back").click()
    expect(lesson(page).locator(".answer h3")).to_be_in_viewport()
    page.wait_for_timeout(1200)
    expect(lesson(page).locator(".reveal")).to_be_in_viewport()


def test_the_lesson_remembers_in_its_link_what_was_solved(open_page: OpenPage, server: str) -> None:
    page = open_page("?step=3")
    lesson(page).locator("label").nth(steps("en")[2].right).click()
    lesson(page).locator(".reveal").click()
    page.wait_for_url("**solved=3**")
    other = open_page(page.url.removeprefix(server).replace("step=3", "step=10"))
    dot = other.get_by_role("link", name="Step 3, solved")
    dot.wait_for()
    summary = other.locator(".lesson .summary")
    assert [line for line in summary.inner_text().split("\n") if line.startswith("Step ")] == [
        f"Step {place}" for place in range(1, 13) if place != 3
    ]
    assert "1 of 12" in summary.inner_text()
    summary.get_by_role("button", name="Begin anew").click()
    other.wait_for_url(lambda url: "solved" not in url)
    assert lesson(other).get_attribute("data-step") == "1"


def test_new_steps_stand_before_the_last_and_old_links_mean_what_they_meant(open_page: OpenPage) -> None:
    page = open_page("?step=9&solved=1-3-10")
    for n, place in ((11, 10), (12, 11), (10, 12)):
        lesson(page).locator(".next").click()
        page.wait_for_url(f"**step={n}&**")
        assert lesson(page).get_attribute("data-step") == str(n)
        assert page.locator(".lesson .progress").inner_text() == f"Step {place} of 12"
        assert page.locator(".steps [aria-current=step]").inner_text() == str(place)
        assert page.locator(".lesson .summary").is_visible() == (n == 10)
    assert not lesson(page).locator(".next").is_visible()
    page.get_by_role("link", name="Step 12, solved").wait_for()
    page.locator(".summary").get_by_role("button", name="Step 10", exact=True).click()
    assert lesson(page).get_attribute("data-step") == "11"
    lesson(page).locator(".do-it").click()
    page.wait_for_function(FOCUSED + f" === {t('lesson.back', 'en', n=10)!r}")
    assert open_tab_id(page) == "train"
    assert number(page) == count_parameters(TRAINABLE).unique_total
    page.locator("#train.meant").wait_for()
    page.locator(".wayback .back").click()
    assert lesson(page).get_attribute("data-step") == "11"
