"""What stands around the tabs: the header, the numbers on top, and the row of tabs."""

from __future__ import annotations

from html import escape

import gradio as gr

from gpt2core.i18n import t
from gpt2core.ui.components import share
from gpt2core.ui.components.live import part
from gpt2core.validation import TABS


def header(lang: str, other: str, href: str) -> gr.HTML:
    title, tagline = escape(t("page.title", lang)), escape(t("page.tagline", lang))
    name = escape(t("page.other_language", lang))
    return part(
        "header", lang, f'<header class="masthead"><div><h1>{title}</h1><p>{tagline}</p></div>'
        f'<div class="tools"><button type="button" class="lesson-button">'
        f'{escape(t("page.start_lesson", lang))}</button>'
        f'<button type="button" class="projector-button" aria-pressed="false" '
        f'title="{escape(t("page.projector_hint", lang))}">{escape(t("page.projector", lang))}</button>'
        f"{share.button(lang)}"
        f'<a class="language" href="{href}" lang="{other}" hreflang="{other}">{name}</a></div></header>'
        + share.panel(lang),
    )  # fmt: skip


def numbers(lang: str) -> gr.HTML:
    """The figures on top: they follow the sliders, and Python confirms them on release."""

    def tile(name: str, note: str = "", at_first: str = "") -> str:
        # The notes of the default shape stand there from the start, so that nothing jumps.
        said = escape(t(f"number.{at_first or note}", lang)) if note else ""
        return (
            f'<div class="tile"><dt>{escape(t(f"number.{name}", lang))}</dt><dd data-number="{name}">–</dd>'
            f'<dd class="note" data-note="{note}">{said}</dd></div>'
        )

    drawing = escape(t("page.drawing_tab", lang))
    return part(
        "numbers", lang,
        f'<section class="numbers" aria-label="{escape(t("page.numbers", lang))}">'
        '<div class="scale" aria-hidden="true"></div>'
        f'<div class="sketch-room"><button type="button" class="sketch" title="{drawing}" '
        f'aria-label="{drawing}"></button></div>'
        f'<dl><div class="tile big"><dt>{escape(t("number.unique_total", lang))}</dt>'
        '<dd data-number="unique_total">–</dd>'
        '<dd class="note"><span class="confirmed" role="status"></span></dd></div>'
        + tile("per_module_total", "per_module_note", "per_module_note_tied")
        + tile("tying_correction", "tying_note")
        + tile("weight_bytes") + tile("kv_bytes_per_token") + tile("flops_per_token")
        + tile("head_dim", "head_note") + "</dl></section>",
    )  # fmt: skip


def navigation(lang: str) -> gr.HTML:
    """A row of tabs that wraps: Gradio's own hides in a menu what does not fit."""
    tabs = "".join(
        f'<button type="button" role="tab" data-tab="{name}" tabindex="-1">'
        f"{escape(t(f'page.{name}_tab', lang))}</button>"
        for name in TABS
    )
    label = escape(t("page.tabs", lang))
    return part(
        "navigation", lang, f'<div class="tabs-row" role="tablist" aria-label="{label}">{tabs}</div>'
    )
