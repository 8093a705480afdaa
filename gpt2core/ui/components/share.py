"""The header's Share button and the panel behind it; share.js brings them to life."""

from __future__ import annotations

from html import escape

from gpt2core.i18n import t
from gpt2core.ui.links import LOCK_NAMES, PARTS


def button(lang: str) -> str:
    return (
        f'<button type="button" class="share-button" aria-haspopup="dialog">{_t("button", lang)}</button>'
    )


def panel(lang: str) -> str:
    return (
        '<dialog class="share" aria-labelledby="share-title"><div class="share-head">'
        f'<h2 id="share-title">{_t("title", lang)}</h2>'
        f'<button type="button" class="close" aria-label="{_t("close", lang)}">×</button></div>'
        f'<div class="share-body"><div><label for="share-link">{_t("link", lang)}</label>'
        '<textarea id="share-link" rows="3" readonly dir="ltr" spellcheck="false"></textarea>'
        f'<button type="button" class="copy" autofocus>{_t("copy", lang)}</button>'
        f'<p class="copied" role="status"></p>{_teacher(lang)}</div>'
        f'<figure><img alt="{_t("qr", lang)}" hidden><figcaption></figcaption></figure></div></dialog>'
    )


def _t(key: str, lang: str, **values: str) -> str:
    return escape(t(f"share.{key}", lang, **values))


def _teacher(lang: str) -> str:
    """A line for each control: two boxes, 'fixed' and 'hidden'."""

    def box(kind: str, name: str, label: str) -> str:
        words = _t(f"{kind}_label", lang, field=label)
        return f'<input type="checkbox" data-kind="{kind}" value="{name}" aria-label="{words}">'

    def line(name: str, label: str) -> str:
        lock = box("lock", name, label) if name in LOCK_NAMES else ""
        hide = box("hide", name, label)
        return f'<tr><th scope="row">{escape(label)}</th><td>{lock}</td><td>{hide}</td></tr>'

    labels = {name: t(key, lang) for name, key in PARTS.items()}
    labels |= {name: t(f"field.{name}", lang) for name in LOCK_NAMES}
    heads = "".join(f'<th scope="col">{_t(key, lang)}</th>' for key in ("control", "lock", "hide"))
    lines = "".join(line(name, label) for name, label in labels.items())
    return (
        f'<details class="teacher"><summary>{_t("teacher", lang)}</summary>'
        f'<p class="hint">{_t("teacher_hint", lang)}</p>'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></details>"
    )
