"""Where the shape jumps, charts go there and do not jump, unless somebody wants no motion."""

from gpt2core.config import PRESETS
from gpt2core.figures import quantities

WATCH = """() => {
  const plot = document.querySelector("[data-chart=bar] .plot");
  window.seen = [];
  const look = () => window.seen.push(plot.data[0].x[3]);
  new MutationObserver(look).observe(plot, { attributeFilter: ["data-drawn"] });
}"""
MLP = {name: quantities(config)["component.mlp"] for name, config in PRESETS.items()}


def widths_seen(page, *presets):
    """What the MLP's bar stood for in each picture, after pressing the presets one after the other."""
    page.wait_for_selector("[data-chart=bar] .plot[data-drawn]")
    page.wait_for_timeout(500)
    page.evaluate(WATCH)
    page.evaluate(
        "all => all.forEach((name) => document.querySelector(`[data-preset=${name}]`).click())", presets
    )
    page.wait_for_function("n => window.seen.includes(n)", arg=MLP[presets[-1]])
    page.wait_for_timeout(800)
    return page.evaluate("window.seen")


def test_bars_grow_from_one_preset_to_the_other(open_page):
    seen = widths_seen(open_page(), "gpt2-xl")
    assert len(set(seen)) > 3
    assert seen == sorted(seen)
    assert all(MLP["gpt2"] <= n <= MLP["gpt2-xl"] for n in seen)
    assert seen[-1] == MLP["gpt2-xl"]


def test_who_wants_no_motion_gets_none(open_page):
    seen = widths_seen(open_page(reduced_motion="reduce"), "gpt2-xl")
    assert set(seen) == {MLP["gpt2-xl"]}


def test_a_second_jump_takes_over_from_the_first(open_page):
    seen = widths_seen(open_page(), "gpt2-xl", "gpt-nano")
    assert seen[-1] == MLP["gpt-nano"]
    assert max(seen) < MLP["gpt2-medium"]
