"""The forward pass that is played: its numbers are the model's own; it goes, stands and is looked into."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from browser_tools import BETWEEN_FRAMES, STICKS_OUT, OpenPage, at_widths, attribute, enter, open_tab
from playwright.sync_api import Page

from gpt2core import GPTConfig, build, generate
from gpt2core.i18n import t
from gpt2core.model.gpt import GPT
from gpt2core.model.tokenizer import Tokenizer

CONFIG = GPTConfig(2, 2, 64)
SMALL = "?n_layer=2&n_head=2&n_embd=64&temperature=0.1&prompt=The cat sat"
SHOWN = ".forward[data-shows=run] .chip"
N_STAGES = 2 * CONFIG.n_layer + 4


@cache
def model() -> GPT:
    return build(CONFIG, seed=0, device="cpu").model


def said() -> list[int]:
    """The prompt, and what Generate says next."""
    ids = Tokenizer().encode("The cat sat")
    return ids + [step.token_id for step in generate(model(), ids, 4, 0.1)]


@torch.inference_mode()
def stream(ids: list[int]) -> list[torch.Tensor]:
    """The model's own residual stream (T, E): the embedding, x_at and x_ff of each block, ln_f."""
    x = model().embed(torch.tensor([ids]))
    found = [x]
    for block in model().blocks:
        found.append(x + block.attn(block.ln_1(x)))
        x = block(x)
        found.append(x)
    return [each[0] for each in [*found, model().transformer["ln_f"](x)]]


def play(page: Page) -> None:
    open_tab(page, "drawing")
    page.locator("#lab-forward").click()
    page.locator(SHOWN).first.wait_for(timeout=60_000)


def stand_at(page: Page, stage: int) -> None:
    page.locator(".player input").fill(str(stage))


def at(page: Page) -> int:
    return int(page.locator(".player input").input_value())


def texts(page: Page, selector: str) -> list[str]:
    return [found.strip() for found in page.locator(selector).all_inner_texts()]


def test_each_stage_shows_the_lengths_that_the_model_has(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    play(page)
    ids = said()
    for kept, n_tokens in enumerate((3, 4, 5, 6)):  # pass by pass
        own = stream(ids[:n_tokens])
        for row, x in enumerate(own):
            stand_at(page, kept * N_STAGES + row)
            shown = [float(n) for n in texts(page, ".chip:not(:disabled) small")]
            assert shown == pytest.approx(x.norm(dim=-1).tolist(), rel=6e-3), (kept, row)
            filled = page.locator(f"[data-row='{row}'] i.on")
            assert filled.count() == n_tokens
    share = page.locator("[data-row='2'] i").nth(1).evaluate("n => n.style.getPropertyValue('--share')")
    longest = max(float(x.norm(dim=-1).max()) for x in own[:-1])
    assert float(share) == pytest.approx(float(own[2][1].norm()) / longest, rel=0.02)


def test_what_comes_next_is_what_generate_says(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    play(page)
    ids = said()
    tokenizer = Tokenizer()
    for n in range(4):
        stand_at(page, (n + 1) * N_STAGES - 1)
        assert page.locator(".next .chosen b").inner_text() == tokenizer.label(ids[3 + n])
        assert texts(page, ".chip:not(.absent) span") == [tokenizer.label(i) for i in ids[: 4 + n]]
        with torch.inference_mode():
            p = torch.softmax(model()(torch.tensor([ids[: 3 + n]]))[0, -1] / 0.1, 0)
        likeliest = float(texts(page, ".next li span")[0].rstrip("%")) / 100
        assert likeliest == pytest.approx(float(p.max()), rel=0.02)
    open_tab(page, "generate")
    enter(page, "max_new_tokens", 4)
    page.locator("#generate").click()
    page.locator(".generation-part .end:not(:empty)").wait_for(timeout=60_000)
    assert page.locator(".speech .said").inner_text() == tokenizer.decode(ids[3:])


def test_the_attention_of_a_token_is_four_presses_away_and_the_models_own(open_page: OpenPage) -> None:
    page = open_page("?n_layer=2&n_head=2&n_embd=64")
    presses = (
        ".tabs-row [data-tab=drawing]",
        "#lab-forward",
        ".chip >> nth=2",  # token 3
        ".heads label >> nth=1",  # head 2
    )
    for press in presses:
        page.locator(press).click()
        if press == "#lab-forward":
            page.locator(SHOWN).first.wait_for(timeout=60_000)
    title = page.locator(".attention h3")
    assert title.inner_text() == t("forward.attention", "en", token="␣sat", head=2, block=1)
    ids = Tokenizer().encode("The cat sat")  # the sample begins so; later tokens change nothing
    block = model().blocks[0]
    with torch.inference_mode():
        x = block.ln_1(model().embed(torch.tensor([ids])))
        q, k, v = (y[:, 32:] for y in block.attn.c_attn(x)[0].split(64, 1))
        products = q[2] @ k.T
        weights = torch.softmax(products / 32**0.5, 0)
        mixed = (weights @ v)[:4]
    page.locator(".attention .row-table summary").click()
    cells = [texts(page, f".attention .row-table tr:nth-child({row + 2}) td") for row in range(4)]
    for column in range(3):
        expected = [float(products[column]), float(products[column]) / 32**0.5]
        shown = [float(n.replace("−", "-")) for n in cells[column]]
        assert shown[:2] == pytest.approx(expected, rel=6e-3, abs=1e-4)
        assert shown[3] == pytest.approx(float(weights[column]), rel=6e-3)
    assert cells[3][2:] == ["−∞", "0"]  # a later token is hidden
    shown = [float(n.replace("−", "-")) for n in texts(page, "[data-step=mixed] .sum td")[1:]]
    assert shown == pytest.approx(mixed.tolist(), rel=6e-3, abs=1e-4)


def test_the_four_pictures_are_walked_through_by_keyboard(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    play(page)
    page.locator(".chip").nth(1).focus()
    page.keyboard.press("Enter")
    reading = page.locator(".attention .reading")
    page.locator(".attention .steps").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert "“␣cat” looks at “The”" in reading.inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "must not look at “␣sat”" in reading.inner_text()
    page.keyboard.press("ArrowDown")
    assert "“␣sat” looks at “␣sat”" in reading.inner_text()
    assert page.locator(".chip[aria-pressed=true]").inner_text().startswith("␣sat")
    page.locator(".heads input").first.focus()
    page.keyboard.press("ArrowRight")
    assert "head 2" in page.locator(".attention h3").inner_text()
    page.locator("[data-step=masked] rect[data-row='0'][data-column='0']").click()
    assert "token “The”" in page.locator(".attention h3").inner_text()
    page.locator(".chip").first.click()
    assert not page.locator(".attention").is_visible()


def test_another_block_is_fetched_and_the_play_stands_where_it_stood(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    play(page)
    stand_at(page, 7)
    page.locator(".chip").nth(2).click()
    before = page.locator("[data-step=mixed]").inner_text()
    page.locator(".attention .block").select_option("2")
    page.wait_for_function("document.querySelector('.attention h3').textContent.includes('block 2')")
    assert page.locator("[data-step=mixed]").inner_text() != before
    assert at(page) == 7
    page.locator("[data-row='1'] i").nth(1).click()  # the row of block 1
    page.wait_for_function("document.querySelector('.attention h3').textContent.includes('block 1')")
    assert "␣cat" in page.locator(".attention h3").inner_text()


def test_it_plays_stands_and_goes_where_it_is_sent(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    play(page)
    page.wait_for_function("document.querySelector('.player input').value > 2")
    canvas = page.locator(".drawing .canvas")
    assert canvas.get_attribute("data-flow")
    page.locator(".player .play").click()
    stood = at(page)
    page.wait_for_timeout(1500)
    assert at(page) == stood
    assert page.locator(".player .play").inner_text() == "Play"
    page.locator(".player .back").click()
    assert at(page) == stood - 1
    page.locator(".player .on").click()
    assert at(page) == stood
    page.locator(".player input").focus()
    page.keyboard.press("Home")
    assert at(page) == 0
    assert "Embedding" in attribute(page.locator(".player input"), "aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert canvas.get_attribute("data-flow") == "attention"
    page.locator(".canvas").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.locator(".forward.afar .player").wait_for()  # it goes along
    page.locator(".player .on").click()
    assert canvas.get_attribute("data-flow") == "mlp"
    page.locator(".player .back").click()
    wire = page.locator(".canvas .wire[data-stage=attention]").first
    assert wire.evaluate("n => getComputedStyle(n).strokeDasharray") != "none"
    page.keyboard.press("End")
    page.locator(".player .play").click()  # once more
    page.wait_for_function("document.querySelector('.player input').value < 4")
    page.wait_for_function("document.querySelector('.player input').value > 4")
    open_tab(page, "parameters")
    page.wait_for_timeout(300)
    hidden = page.evaluate("document.querySelector('.player input').value")
    page.wait_for_timeout(1500)
    assert page.evaluate("document.querySelector('.player input').value") == hidden


def test_who_wants_no_motion_gets_none(open_page: OpenPage) -> None:
    page = open_page(SMALL, reduced_motion="reduce")
    play(page)
    page.wait_for_timeout(1500)
    assert at(page) == 0
    page.locator(".player .on").click()
    assert at(page) == 1
    page.locator(".player .play").click()
    page.wait_for_function("document.querySelector('.player input').value > 4")
    moving = "document.getAnimations().filter((a) => a.playState === 'running').length"
    assert page.evaluate(moving) == 0
    page.wait_for_function(f"document.querySelector('.player input').value >= {N_STAGES}")
    assert page.locator(".flying").count() == 0


def test_what_is_played_is_said_to_be_another_models(open_page: OpenPage) -> None:
    page = open_page(SMALL)
    play(page)
    outdated = page.locator(".played .outdated")
    assert outdated.inner_text() == ""
    enter(page, "n_layer", 3)
    assert outdated.inner_text() == t("forward.outdated", "en")
    assert page.locator(".canvas").get_attribute("data-flow") is None
    enter(page, "n_layer", 2)
    assert outdated.inner_text() == ""


@pytest.mark.wide
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_nothing_sticks_out_and_nothing_is_missing(open_page: OpenPage, lang: str) -> None:
    page = open_page(lang.removeprefix("en") + "?n_layer=48&n_head=8&n_embd=64&prompt=" + "a%20" * 20)
    play(page)
    stand_at(page, 40)
    page.locator(".chip").nth(3).click()
    page.locator(".played .lengths summary").click()
    page.locator(".attention .row-table summary").click()
    page.locator(".lengths tr").first.wait_for()
    for _ in at_widths(page, 360, 1024, 1440):
        assert page.evaluate(STICKS_OUT) == []
    shown = page.locator(".forward").inner_text()
    assert "{" not in shown
    assert "NaN" not in shown
    assert "undefined" not in shown
    assert page.locator(".lengths tr").count() == 1 + 2 + 2 * 48


def test_what_cannot_be_computed_is_one_sentence(open_page: OpenPage) -> None:
    page = open_page("?n_layer=1&n_head=1&n_embd=64&vocab_size=200&prompt=Xin chào")
    open_tab(page, "drawing")
    page.locator("#lab-forward").click()
    page.locator(".forward .refusal").wait_for(timeout=60_000)
    assert page.locator(".forward[data-shows=run]").count() == 0


def test_before_a_press_there_is_an_example_that_can_be_looked_into(open_page: OpenPage) -> None:
    page = open_page()
    for press in (".tabs-row [data-tab=drawing]", ".chip >> nth=2", ".heads label >> nth=1"):
        page.locator(press).click()
    page.locator(".forward[data-shows=example] .example").wait_for()
    assert "in head 2 of block 1" in page.locator(".attention h3").inner_text()
    stood = at(page)
    page.wait_for_timeout(1500)
    assert at(page) == stood > 0
    enter(page, "n_layer", 11)
    assert page.locator(".played .outdated").inner_text() == ""  # it is nobody's result
    assert page.locator(".canvas").get_attribute("data-flow") is None
    page.locator(".player .play").click()
    page.wait_for_function(f"document.querySelector('.player input').value > {stood}")


@pytest.mark.alone
def test_it_is_played_smoothly(open_page: OpenPage) -> None:
    """Loosely: tests/benchmarks/forward_frames.py measures it."""
    page = open_page("?n_layer=12&n_head=2&n_embd=64")
    play(page)
    page.wait_for_timeout(1000)
    times = page.evaluate(BETWEEN_FRAMES, 3)
    assert at(page) > 5
    assert len(times) / 3 > 20
