"""Tab 'Drawing': the model as a drawing, with the shape of what flows on every arrow."""

from __future__ import annotations

from html import escape

from gpt2core.i18n import t
from gpt2core.ui.components import live
from gpt2core.validation import LIMITS

_MOST_SEQUENCES = 4096  # for the B of the drawing, which is only ever multiplied


def _entry(name: str, most: int, lang: str) -> str:
    label = escape(t(f"drawing.{name}", lang))
    return (
        f'<div class="control"><label for="drawing-{name}">{label}</label>'
        f'<input id="drawing-{name}" type="number" inputmode="numeric" step="1" min="1" max="{most}" '
        f'aria-describedby="drawing-{name}-hint">'
        f'<p class="hint" id="drawing-{name}-hint"></p></div>'
    )


def lay_out(lang: str) -> None:
    title, lead = escape(t("drawing.title", lang)), escape(t("drawing.lead", lang))
    words, about = escape(t("drawing.in_words", lang)), escape(t("drawing.about_label", lang))
    live.part(
        "drawing", lang, '<section class="sheet drawing" aria-labelledby="drawing-title">'
        f'<h2 id="drawing-title">{title}</h2><p class="lead">{lead}</p>'
        f'<div class="sizes">{_entry("batch", _MOST_SEQUENCES, lang)}'
        f'{_entry("tokens", int(LIMITS["block_size"].maximum), lang)}</div>'
        '<p class="paradox" role="status"></p>'
        '<div class="easel"><div class="canvas"></div>'
        f'<section class="about" aria-live="polite" aria-label="{about}"></section></div>'
        f'<p class="scale-note">{escape(t("drawing.scale", lang))}</p>'
        f'<details><summary>{words}</summary><ol></ol></details></section>',
    )  # fmt: skip
