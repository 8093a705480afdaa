"""The page's parts that live in the browser: controls, numbers, charts and results.

Each is a gr.HTML whose markup is written once, here, and whose behaviour is assets/live/*.js.
Values go in and out as plain data and are put on screen as text, so nothing a model or a visitor
writes is ever read as markup.
"""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from gpt2core.charts.parameters import CHARTS
from gpt2core.i18n import t
from gpt2core.ui.page_data import SLIDERS
from gpt2core.ui.server.static_files import BASE
from gpt2core.validation import FRACTIONAL, LIMITS

# The script that Gradio runs when the part is on the page. A custom event must be named in it.
_EVENTS = "; // 'release'"
_MOUNT = "import(new URL('{base}/live.js', document.baseURI)).then(m => m.mount({args}))"


def part(kind: str, lang: str, markup: str, value: Any = None) -> gr.HTML:
    """A gr.HTML that assets/live/live.js brings to life under the name `kind`.

    A function, not a subclass: Gradio writes a .pyi beside each subclass it meets.
    """
    args = f"'{kind}', '{lang}', element, props, trigger, watch"
    return gr.HTML(
        value=value, html_template=markup, apply_default_css=False, padding=False,
        js_on_load=_MOUNT.format(base=BASE, args=args) + _EVENTS,
        elem_classes=["live", f"{kind}-part"],
    )  # fmt: skip


def control(field: str, lang: str) -> gr.HTML:
    """A number: exact entry, and a slider where one helps. Its value is what was typed."""
    label, limit = escape(t(f"field.{field}", lang)), LIMITS[field]
    slider = SLIDERS.get(field)
    step = "any" if field in FRACTIONAL else "1"
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
    return part(
        "control", lang, f'<div class="control" data-field="{field}">{"".join(parts)}</div>',
        value=int(default) if default == int(default) else default,
    )  # fmt: skip


def _hint(field: str, lang: str) -> str:
    try:
        return t(f"hint.{field}", lang)
    except KeyError:
        return ""


def switch(field: str, lang: str) -> gr.HTML:
    """True or false."""
    label, hint = escape(t(f"field.{field}", lang)), escape(t(f"hint.{field}", lang))
    return part(
        "switch", lang, f'<div class="control switch" data-field="{field}">'
        f'<input id="{field}" type="checkbox" role="switch" aria-describedby="{field}-hint">'
        f'<label for="{field}">{label}</label><p class="hint" id="{field}-hint">{hint}</p></div>',
        value=True,
    )  # fmt: skip


def prompt(lang: str) -> gr.HTML:
    label, hint = escape(t("field.prompt", lang)), escape(t("hint.prompt", lang))
    return part(
        "prompt", lang, '<div class="control prompt" data-field="prompt">'
        f'<label for="prompt">{label}</label><textarea id="prompt" rows="3" dir="auto" '
        f'aria-describedby="prompt-hint"></textarea><p class="hint" id="prompt-hint">{hint}</p></div>',
        value="",
    )  # fmt: skip


def presets(names: list[str], lang: str) -> gr.HTML:
    buttons = "".join(
        f'<button type="button" data-preset="{n}">{escape(t(f"preset.{n}", lang))}</button>' for n in names
    )
    label = escape(t("preset.label", lang))
    return part("presets", lang, f'<div class="presets" role="group" aria-label="{label}">{buttons}</div>')


def more(lang: str) -> gr.HTML:
    """A button that shows and hides what stands after it. (gr.Accordion would take its
    controls out of the page while it is closed, and their values with them.)"""
    return part("more", lang, f'<button type="button">{escape(t("page.more", lang))}</button>')


def chart(kind: str, lang: str) -> gr.HTML:
    """A figure, what it says in words, and its numbers as a table."""
    title, table = escape(t(f"chart.{kind}_title", lang)), escape(t("chart.table", lang))
    height = CHARTS[kind](lang)["figure"]["layout"]["height"]  # room for it before it is drawn
    return part(
        "chart", lang, f'<figure class="chart" data-chart="{kind}"><h2>{title}</h2>'
        f'<div class="plot" aria-hidden="true" style="height: {height}px"></div><figcaption></figcaption>'
        f"<details><summary>{table}</summary><table></table></details></figure>",
    )  # fmt: skip


def temperature(lang: str) -> gr.HTML:
    """The next token's distribution at the temperature that a slider of its own says, in the browser."""
    low, high, by = SLIDERS["temperature"]
    label, share = escape(t("field.temperature", lang)), escape(t("lab.likeliest_title", lang))
    note = escape(t("lab.likeliest_note", lang))
    return part(
        "temperature", lang, '<section class="temperature" hidden>'
        f'<label class="at"><span>{label}</span><output></output>'
        f'<input type="range" min="{low}" max="{high}" step="{by}"></label>'
        '<p class="says" role="status"></p><div class="plot" aria-hidden="true"></div>'
        f'<h3>{share}</h3><p class="hint">{note}</p><ol class="likeliest"></ol></section>',
    )  # fmt: skip


def stop(name: str, lang: str) -> gr.Button:
    """The button that ends what `name` has started; runs.js shows it meanwhile."""
    return gr.Button(t("build.stop", lang), variant="stop", elem_id=f"stop-{name}", elem_classes="stop")


def result(kind: str, lang: str, empty: str, name: str = "") -> gr.HTML:
    """Where what the server computed is shown: `build`, `generation`, `comparison`, or a `lab` by name."""
    said = f'<p class="empty">{escape(empty)}</p>' if empty else ""
    markup = f'<div class="result" data-lab="{name}" aria-live="polite">{said}</div>'
    return part(kind, lang, markup)


def sheet(name: str, lang: str) -> gr.HTML:
    """A table that follows the sliders; gpt2core/sheets.py has its rows."""
    title, lead = escape(t(f"sheet.{name}.title", lang)), escape(t(f"sheet.{name}.lead", lang))
    return part(
        "sheet", lang, f'<section class="sheet" data-sheet="{name}" aria-labelledby="sheet-{name}">'
        f'<h2 id="sheet-{name}">{title}</h2><p class="lead">{lead}</p><div class="body"></div></section>',
    )  # fmt: skip
