"""Markup from templates: escaped, whole, and nowhere else."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import gradio as gr
import jinja2
import pytest
from app_process import ROOT
from gradio.blocks import Block
from jinja2 import meta
from run_async import run_async

import app
from gpt2core.i18n import LANGUAGES, texts
from gpt2core.ui.components.controls import number_control
from gpt2core.ui.components.html import render
from gpt2core.ui.server.prerender import first_screen

FILES = sorted((ROOT / "assets" / "templates").glob("*.html"))
UI = ROOT / "gpt2core" / "ui"
MARKUP = re.compile(r"</?[a-zA-Z]")


class Skeleton(HTMLParser):
    """Tags and the names of their attributes, in order: what no text may change."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[str]]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, [name for name, _ in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/" + tag, []))


def page(lang: str) -> list[str]:
    """The markup of every part of the page, and of its first screen."""

    async def laid_out() -> list[Block]:
        with gr.Blocks() as blocks:
            app.lay_out(lang)
        return list(blocks.blocks.values())

    parts = [part for part in run_async(laid_out()) if isinstance(part, gr.HTML)]
    assert len(parts) > 50
    return [*(p.html_template for p in parts), *(p.value for p in parts if isinstance(p.value, str)),
            first_screen("n_layer=3&tie_weights=false", lang)]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_brings_a_tag_or_an_attribute(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [Skeleton(markup).tags for markup in page(lang)]
    for key, text in texts(lang).items():
        monkeypatch.setitem(texts(lang), key, f"""<b onclick='x'>"{text}' onclick=x>""")
    assert [Skeleton(markup).tags for markup in page(lang)] == before


def test_a_label_is_shown_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(texts("en"), "field.n_layer", "<b>Layers</b>")
    markup = render("control", "en", control=number_control("n_layer", "en"))
    assert "&lt;b&gt;Layers&lt;/b&gt;</label>" in markup
    assert "<b>" not in markup


def test_a_missing_text_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(texts("vi"), "page.more")
    assert render("more", "en")
    with pytest.raises(KeyError, match=r"page\.more"):
        render("more", "vi")


def test_a_missing_value_is_an_error_that_names_its_line() -> None:
    lines = (ROOT / "assets" / "templates" / "header.html").read_text().splitlines()
    (line,) = [n for n, text in enumerate(lines, 1) if "{{ href }}" in text]
    with pytest.raises(jinja2.UndefinedError, match="href") as raised:
        render("header", "en", other="vi", share=())
    here = next(entry for entry in raised.traceback if str(entry.path).endswith("header.html"))
    assert here.lineno + 1 == line


def test_numbers_are_written_as_the_language_writes_them() -> None:
    values = {
        "unique_total": 124_439_808, "weight_bytes": 497_759_232, "flops_per_token": 284_812_800,
        "per_module_total": 1, "tying_correction": 1, "kv_bytes_per_token": 1, "head_dim": 64,
    }  # fmt: skip
    notes = dict.fromkeys(("per_module_note", "tying_note", "head_note", "dtype_note"), "tying_note")
    for lang, count, size, flops in (
        ("en", "124,439,808", "497.8 MB", "284.8 M"), ("vi", "124.439.808", "497,8 MB", "284,8 M"),
    ):  # fmt: skip
        markup = render("numbers", lang, values=values, components=())
        assert f'<dd data-number="unique_total">{count}</dd>' in markup
        markup = render("tiles", lang, values=values, notes=notes)
        assert f'<dd data-number="weight_bytes">{size}</dd>' in markup
        assert f'<dd data-number="flops_per_token">{flops}</dd>' in markup


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_break_of_a_template_is_a_space_on_the_page(lang: str) -> None:
    for markup in page(lang):
        lesson_free = re.sub(r"<article.*</article>", "", markup, flags=re.DOTALL)  # Markdown has its own
        assert not re.search(r">\s*\n\s*<", lesson_free)


def test_every_template_is_used() -> None:
    used = {f"{name}.html" for path in UI.rglob("*.py")
            for name in re.findall(r'\brender\(\s*"(\w+)"', path.read_text())}  # fmt: skip
    for path in FILES:
        parsed = jinja2.Environment().parse(path.read_text())
        used |= set(filter(None, meta.find_referenced_templates(parsed)))
    assert {path.name for path in FILES} == used


def test_what_counts_as_markup_already_is_the_lessons_and_what_stands_before_gradios() -> None:
    safe = {path.name: re.findall(r"\{\{([^}]+)\| *safe", path.read_text()) for path in FILES}
    assert {name for name, found in safe.items() if found} == {"lesson_step.html", "first_screen.html"}
    assert [value.strip() for value in safe["first_screen.html"]] == ["style", "before_gradio"]


def written(path: Path) -> list[str]:
    """The strings of a Python file, without its docstrings."""
    tree = ast.parse(path.read_text())
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    values = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docs]
    return [node.value for node in values if isinstance(node.value, str)]


@pytest.mark.parametrize(
    "path", [*UI.glob("components/*.py"), *UI.glob("views/*.py"), UI / "server/prerender.py"],
    ids=lambda path: path.stem,
)  # fmt: skip
def test_python_writes_no_markup(path: Path) -> None:
    assert not [text for text in written(path) if MARKUP.search(text)]
    assert not re.search(r"\bescape\(|\bMarkup\(", path.read_text())
