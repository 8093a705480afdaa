"""Everything can be reached by keyboard, and one always sees where one is."""

from __future__ import annotations

from browser_tools import OpenPage
from playwright.sync_api import Page

FOCUSED = """() => {
  const node = document.activeElement;
  const { outlineWidth, outlineStyle } = getComputedStyle(node);
  const kind = node.closest('.presets') ? 'preset' : node.closest('.tabs-row') ? 'tab'
    : node.closest('.control') && node.type === 'range' ? `slider ${node.closest('.control').dataset.field}`
    : node.closest('.more-part') ? 'more' : node.id || node.className || node.tagName;
  return [kind, outlineStyle === 'none' ? 0 : parseFloat(outlineWidth), node.checkVisibility()];
}"""
PATH = ["preset", "n_layer", "slider n_layer", "n_head", "slider n_head", "n_embd", "slider n_embd", "more",
        "build", "tab"]  # fmt: skip


def step(page: Page, key: str = "Tab") -> str:
    """Presses a key; what then has the focus, which must be seen."""
    page.keyboard.press(key)
    focused: tuple[str, float, bool] = page.evaluate(FOCUSED)
    kind, outline, visible = focused
    assert visible, f"{kind} has the focus out of sight"
    assert outline > 0, f"{kind} has the focus and no outline"
    return kind


def test_tab_reaches_the_controls_the_tabs_and_what_is_on_them(open_page: OpenPage) -> None:
    page = open_page("?n_layer=1&n_head=2&n_embd=64")
    walked: list[str] = []
    while not walked or walked[-1] != "tab":
        walked.append(step(page))
        assert len(walked) < 30, walked
    known = [kind for kind in walked if kind in PATH]
    assert list(dict.fromkeys(known)) == PATH
    assert known.count("preset") == page.locator(".presets button").count()
    assert walked[:5] == ["skip", "lesson-button", "projector-button", "share-button", "language"]
    for tab in ("drawing", "generate"):
        assert step(page, "ArrowRight") == "tab"
        page.locator(f".tabs-row [data-tab={tab}][aria-selected=true]:focus").wait_for()
    page.locator("#prompt").wait_for()
    n_sections = page.locator(".sections:visible button").count()
    assert [step(page) for _ in range(n_sections + 1)][-1] == "prompt"
    for _ in range(n_sections + 1):
        page.keyboard.press("Shift+Tab")
    assert step(page, "Home") == "tab"
    page.locator(".tabs-row [data-tab=parameters][aria-selected=true]:focus").wait_for()
    step(page)
    assert page.evaluate("document.activeElement.closest('.tabitem, .live') !== null")


def test_share_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("vi")
    page.locator(".share-button").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog", name="Chia sẻ trang này").is_visible()
    assert page.evaluate("document.activeElement.className") == "copy"
    page.keyboard.press("Escape")
    assert not page.locator(".share").is_visible()
    assert page.evaluate("document.activeElement.className") == "share-button"
