"""axe-core finds nothing serious on any tab, in both languages and both themes."""

from __future__ import annotations

import pytest
from browser_axe import prepare, violations
from browser_tools import OpenPage, enter, open_tab, wide
from playwright.sync_api import Page

from gpt2core.validation import TABS


def use_it(page: Page, tab: str) -> None:
    """Presses what puts results on a tab."""
    pressed = {
        "drawing": [("#lab-forward", ".forward[data-shows=run] .chip")],
        "generate": [
            ("#build", ".build-part .verdict"),
            ("#generate", ".result .end:not(:empty)"),
            ("#lab-logits", ".temperature .plot[data-drawn]"),
        ],
        "train": [("#train", ".training .end:not(:empty)")],
        "inside": [("#lab-trace", "[data-lab=trace] .plot[data-drawn]")],
    }
    if tab == "generate":
        enter(page, "max_new_tokens", 3)
    for button, seen in pressed.get(tab, []):
        page.locator(button).click()
        page.wait_for_selector(seen, timeout=60_000)


# Each language and each theme once: the other two pairs have the same parts and the same colours.
@pytest.mark.parametrize(
    ("lang", "theme", "tabs"),
    [("vi", "dark", ("parameters", "generate")), wide("vi", "dark", TABS), wide("", "light", TABS)],
)
def test_axe_finds_nothing_serious(
    open_page: OpenPage, lang: str, theme: str, tabs: tuple[str, ...]
) -> None:
    page = open_page(f"{lang}?n_layer=1&n_head=2&n_embd=64&steps=1&batch_size=1&__theme={theme}")
    prepare(page)
    found = {}
    for tab in tabs:
        open_tab(page, tab)
        page.wait_for_timeout(100)
        if page.locator(".example:visible").count():
            found[f"{tab}, before a press"] = violations(page, ".house .right")
        use_it(page, tab)
        page.wait_for_timeout(100)
        found[tab] = violations(page, "html" if tab == TABS[0] else ".house .right")
    page.locator(".more-part button").click()
    page.locator(".share-button").click()
    page.locator(".share .teacher summary").click()
    found["share"] = violations(page, "dialog")
    page.locator("dialog .close").click()
    page.locator(".projector-button").click()
    open_tab(page, "parameters")
    found["projector"] = violations(page)
    said = [f"{where}: {one}" for where, all_said in found.items() for one in all_said]
    assert not said, "\n".join(said)
