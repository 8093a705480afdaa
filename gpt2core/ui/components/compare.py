"""A pinned shape, A, beside the current one, B: button and table. compare.js brings them to life."""

from __future__ import annotations

from html import escape

import gradio as gr

from gpt2core.counting.parameters import COMPONENTS
from gpt2core.i18n import t
from gpt2core.ui.components import live

# Row -> the text that names it; each is a quantity of charts.QUANTITIES.
_TOTALS = ("unique_total", "per_module_total", "tying_correction",
           "weight_bytes", "kv_bytes_per_token", "flops_per_token")  # fmt: skip
ROWS = {name: f"compare.{name}" for name in _TOTALS} | {
    name: name for name in (f"component.{component}" for component in COMPONENTS)
}


def pin(lang: str) -> gr.HTML:
    """The button that pins the current shape as A."""
    label = _t("pin", lang)
    return live.part("pin", lang, f'<button type="button" aria-pressed="false">{label}</button>')


def table(lang: str) -> gr.HTML:
    """The section 'A and B', hidden while nothing is pinned."""
    shapes = "".join(
        f'<div><dt><i class="{side}" aria-hidden="true"></i> {side.upper()}</dt>'
        f'<dd data-shape="{side}"></dd></div>'
        for side in ("a", "b")
    )
    difference = f"{_t('difference', lang)} <small>B / A</small>"
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("A", "B", difference))
    rows = "".join(_row(name, escape(t(key, lang))) for name, key in ROWS.items())
    return live.part(
        "compare", lang, '<section class="compare" aria-labelledby="compare-title" hidden>'
        f'<div class="head"><h2 id="compare-title">{_t("title", lang)}</h2>'
        f'<button type="button" class="swap">{_t("swap", lang)}</button></div>'
        f'<p class="fixed" id="compare-fixed" hidden>{escape(t("share.fixed", lang))}</p>'
        f"<dl>{shapes}</dl><table><caption>{_t('caption', lang)}</caption>"
        f'<thead><tr><th scope="col">{_t("quantity", lang)}</th>{heads}'
        '<td aria-hidden="true"></td></tr></thead>'
        f"<tbody>{rows}</tbody></table></section>",
    )  # fmt: skip


def _row(name: str, label: str) -> str:
    cells = "".join(f'<td data-cell="{kind}"></td>' for kind in ("a", "b", "difference"))
    bars = '<td class="bars" aria-hidden="true"><i class="a"></i><i class="b"></i></td>'
    return f'<tr data-row="{name}"><th scope="row">{label}</th>{cells}{bars}</tr>'


def _t(key: str, lang: str) -> str:
    return escape(t(f"compare.{key}", lang))
