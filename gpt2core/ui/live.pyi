"""The page's parts that live in the browser: controls, numbers, charts and results.

Each is a gr.HTML whose markup is written once, here, and whose behaviour is assets/live/*.js.
Values go in and out as plain data and are put on screen as text, so nothing a model or a visitor
writes is ever read as markup.
"""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from gpt2core.config import LIMITS
from gpt2core.text import t
from gpt2core.ui.assets import BASE

# What a slider offers: first, last, step. The number beside it takes all that LIMITS allows.
SLIDERS: dict[str, tuple[float, float, float]] = {
    "n_layer": (1, 48, 1),
    "n_head": (1, 25, 1),
    "n_embd": (64, 1600, 64),
    "temperature": (-2, 1, 0.01),  # the exponent of ten; its left end means 0
    "max_new_tokens": (1, 500, 1),
}
LOGARITHMIC = ("temperature",)

_MOUNT = "import(new URL('{base}/live.js', document.baseURI)).then(m => m.mount({args}))"

from gradio.events import Dependency

class Live(gr.HTML):
    """A gr.HTML that assets/live/live.js brings to life under the name `kind`."""

    def __init__(self, kind: str, lang: str, markup: str, value: Any = None, **kwargs: Any) -> None:
        args = f"'{kind}', '{lang}', element, props, trigger, watch"
        super().__init__(
            value=value, html_template=markup, apply_default_css=False, padding=False,
            js_on_load=_MOUNT.format(base=BASE, args=args),
            elem_classes=["live", f"{kind}-part"], **kwargs,
        )  # fmt: skip

    def get_block_name(self) -> str:
        return "html"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


def control(field: str, lang: str) -> Live:
    """A number: exact entry, and a slider where one helps. Its value is what was typed."""
    label, limit = escape(t(f"field.{field}", lang)), LIMITS[field]
    slider = SLIDERS.get(field)
    step = "any" if field in ("temperature", "top_p") else "1"
    parts = [
        f'<label for="{field}">{label}</label>',
        f'<input id="{field}" type="number" inputmode="decimal" step="{step}" '
        f'min="{limit.minimum:.0f}" max="{limit.maximum:.0f}" aria-describedby="{field}-hint">',
    ]
    if slider:
        name = escape(t("field.slider", lang, field=t(f"field.{field}", lang)))
        low, high, by = slider
        parts.append(f'<input type="range" min="{low}" max="{high}" step="{by}" aria-label="{name}">')
    hint = escape(_hint(field, lang))
    parts.append(f'<p class="hint" id="{field}-hint" data-hint="{hint}">{hint}</p>')
    default = limit.default
    return Live(
        "control", lang, f'<div class="control" data-field="{field}">{"".join(parts)}</div>',
        value=int(default) if default == int(default) else default,
    )  # fmt: skip


def _hint(field: str, lang: str) -> str:
    try:
        return t(f"hint.{field}", lang)
    except KeyError:
        return ""


def switch(field: str, lang: str) -> Live:
    """True or false."""
    label, hint = escape(t(f"field.{field}", lang)), escape(t(f"hint.{field}", lang))
    return Live(
        "switch", lang, f'<div class="control switch" data-field="{field}">'
        f'<input id="{field}" type="checkbox" role="switch" aria-describedby="{field}-hint">'
        f'<label for="{field}">{label}</label><p class="hint" id="{field}-hint">{hint}</p></div>',
        value=True,
    )  # fmt: skip


def prompt(lang: str) -> Live:
    label, hint = escape(t("field.prompt", lang)), escape(t("hint.prompt", lang))
    return Live(
        "prompt", lang, '<div class="control prompt" data-field="prompt">'
        f'<label for="prompt">{label}</label><textarea id="prompt" rows="3" dir="auto" '
        f'aria-describedby="prompt-hint"></textarea><p class="hint" id="prompt-hint">{hint}</p></div>',
        value="",
    )  # fmt: skip


def presets(names: list[str], lang: str) -> Live:
    buttons = "".join(
        f'<button type="button" data-preset="{n}">{escape(t(f"preset.{n}", lang))}</button>'
        for n in names
    )
    label = escape(t("preset.label", lang))
    return Live("presets", lang, f'<div class="presets" role="group" aria-label="{label}">{buttons}</div>')


def chart(kind: str, lang: str) -> Live:
    """A figure, what it says in words, and its numbers as a table."""
    title, table = escape(t(f"chart.{kind}_title", lang)), escape(t("chart.table", lang))
    return Live(
        "chart", lang, f'<figure class="chart" data-chart="{kind}"><h3>{title}</h3>'
        '<div class="plot" aria-hidden="true"></div><figcaption></figcaption>'
        f"<details><summary>{table}</summary><table></table></details></figure>",
    )  # fmt: skip


def numbers(lang: str) -> Live:
    """The figures on top: they follow the sliders, and Python confirms them on release."""

    def tile(name: str, note: str = "") -> str:
        return (
            f'<div class="tile"><dd data-number="{name}">–</dd>'
            f"<dt>{escape(t(f'number.{name}', lang))}</dt><small data-note=\"{note}\"></small></div>"
        )

    return Live(
        "numbers", lang,
        f'<section class="numbers" aria-label="{escape(t("page.numbers", lang))}">'
        '<div class="scale" aria-hidden="true"></div>'
        f'<dl><div class="tile big"><dd data-number="unique_total">–</dd>'
        f"<dt>{escape(t('number.unique_total', lang))}</dt>"
        '<small class="confirmed" role="status"></small></div>'
        + tile("per_module_total", "per_module_note") + tile("tying_correction", "tying_note")
        + tile("weight_bytes") + tile("kv_bytes_per_token") + tile("flops_per_token")
        + tile("head_dim", "head_note") + "</dl></section>",
    )  # fmt: skip


def result(kind: str, lang: str, empty: str) -> Live:
    """Where what the server computed is shown: `build` or `generation`."""
    return Live(kind, lang, f'<div class="result" aria-live="polite"><p class="empty">{escape(empty)}</p></div>')


def header(lang: str, other: str, href: str) -> Live:
    title, tagline = escape(t("page.title", lang)), escape(t("page.tagline", lang))
    name = escape(t("page.other_language", lang))
    return Live(
        "header", lang, f'<header class="masthead"><div><h1>{title}</h1><p>{tagline}</p></div>'
        f'<a class="language" href="{href}" lang="{other}" hreflang="{other}">{name}</a></header>',
    )  # fmt: skip