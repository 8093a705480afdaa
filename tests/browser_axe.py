"""axe-core in the page of a browser test."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = """async (root) => {
  const options = { resultTypes: ['violations'], elementRef: false };
  const { violations } = await axe.run(root, options);
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) =>
    v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.any[0]?.message ?? v.help}`));
}"""


def prepare(page: Page) -> None:
    page.add_script_tag(content=AXE)
    page.add_style_tag(content="* { transition: none !important; }")  # no colour is caught halfway


def violations(page: Page, root: str = "html") -> list[str]:
    """What is serious or worse within `root`."""
    return [str(found) for found in page.evaluate(RUN, root)]
