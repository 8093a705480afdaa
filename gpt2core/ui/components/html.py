"""Markup from the templates of assets/templates, and the gr.HTML that holds it.

Values go in and out as plain data and are put on screen as text, so nothing a model or a visitor
writes is ever read as markup.
"""

from __future__ import annotations

import json
import re
from typing import Any

import gradio as gr
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from gpt2core.charts.base import UNITS
from gpt2core.i18n import ASSETS, file_size, flops, number, percent, t
from gpt2core.ui.asset_version import BASE
from gpt2core.ui.gradio_compat import CUSTOM_EVENTS

# The script that Gradio runs when the part is on the page.
_MOUNT = "import(new URL('{base}/live.js', document.baseURI)).then(m => m.mount({args}))"


def part(kind: str, lang: str, markup: str, value: Any = None, **props: Any) -> gr.HTML:
    """A gr.HTML that assets/live/live.js brings to life under the name `kind`; it finds `props` there, too.

    A function, not a subclass: Gradio writes a .pyi beside each subclass it meets.
    """
    args = f"'{kind}', '{lang}', element, props, trigger, watch"
    return gr.HTML(
        value=value, html_template=markup, apply_default_css=False, padding=False,
        js_on_load=_MOUNT.format(base=BASE, args=args) + CUSTOM_EVENTS,
        elem_classes=["live", f"{kind}-part"], **props,
    )  # fmt: skip


def render(template: str, lang: str, **values: object) -> str:
    """The markup of assets/templates/`template`.html in a language.

    A template writes texts with `t("key", **values)` and numbers with the filters number, percent and
    quantity; whatever it prints is escaped. Raises KeyError for a text that the language lacks, and
    jinja2.UndefinedError for a value that is not given.
    """
    return _TEMPLATES.get_template(f"{template}.html").render(values, lang=lang)


class _LayOut(Extension):
    """A line break between two tags, HTML's or Jinja's, is for whoever reads a template: on the page it
    would be a space between words or buttons. It becomes a comment, so errors still name their line."""

    _BREAK = re.compile(r"(?<=[>}])\s*\n\s*(?=[<{])")

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return self._BREAK.sub(lambda found: "{#" + "\n" * found[0].count("\n") + "#}", source)


@pass_context
def _t(context: Context, key: str, **values: object) -> str:
    return t(key, context["lang"], **values)


@pass_context
def _number(context: Context, value: float, decimals: int = 0) -> str:
    return number(value, context["lang"], decimals)


@pass_context
def _percent(context: Context, share: float, decimals: int = 1) -> str:
    return percent(share, context["lang"], decimals)


@pass_context
def _quantity(context: Context, value: int, name: str) -> str:
    """`value` as the page writes the quantity `name`: bytes, floating-point operations, or a count."""
    write = {"bytes": file_size, "flops": flops}.get(UNITS.get(name, ""), number)
    return write(value, context["lang"])


def _environment() -> Environment:
    # Each file is read once: asking the disk whether one has changed would be for each visitor again.
    environment = Environment(
        loader=FileSystemLoader(ASSETS / "templates"), autoescape=True, undefined=StrictUndefined,
        auto_reload=False, extensions=[_LayOut],
    )  # fmt: skip
    environment.globals["t"] = _t
    environment.filters |= {"number": _number, "percent": _percent, "quantity": _quantity}
    environment.filters["json"] = json.dumps  # escaped like any text; Jinja's own tojson is for scripts
    return environment


_TEMPLATES = _environment()
