"""Tab 'Lesson': the course note in short steps, each a guess, a try and an answer.

All of it lies in the page; assets/live/lesson.js shows one step at a time.
"""

from __future__ import annotations

import json
from html import escape

import gradio as gr

from gpt2core.i18n import t
from gpt2core.lesson import Step, steps
from gpt2core.ui.components import live


def lay_out(lang: str) -> None:
    lesson = steps(lang)
    label = escape(t("lesson.steps", lang))
    links = "".join(
        f'<li><a href="?step={n}" data-go="{n}" title="{escape(step.title)}">{n}</a></li>'
        for n, step in enumerate(lesson, start=1)
    )
    live.part(
        "lesson", lang, '<section class="lesson">'
        f'<div class="steps" role="navigation" aria-label="{label}"><ol>{links}</ol>'
        '<p class="progress" aria-live="polite"></p></div>'
        + "".join(_step(n, len(lesson), step, lang) for n, step in enumerate(lesson, start=1))
        + "</section>",
    )  # fmt: skip


def way_back(lang: str) -> gr.HTML:
    """The bar that leads back into the lesson while another tab is open."""
    name, end = escape(t("page.lesson_tab", lang)), escape(t("lesson.end", lang))
    return live.part(
        "wayback", lang, f'<aside class="wayback" aria-label="{name}" hidden>'
        '<button type="button" class="back"></button><p></p>'
        f'<button type="button" class="end" aria-label="{end}" title="{end}">✕</button></aside>',
    )  # fmt: skip


def _step(n: int, last: int, step: Step, lang: str) -> str:
    def say(key: str) -> str:
        return escape(t(f"lesson.{key}", lang))

    def part(kind: str, inner: str) -> str:
        return f'<section class="{kind}"><h3 tabindex="-1">{say(kind)}</h3>{inner}</section>'

    choices = "".join(
        f'<label><input type="radio" name="guess-{n}" value="{i}"><span>{choice.label}</span></label>'
        for i, choice in enumerate(step.choices)
    )
    replies = "".join(f"<p data-reply='{i}' hidden>{c.reply}</p>" for i, c in enumerate(step.choices))
    predict = part("predict", f"<fieldset><legend>{step.question}</legend>{choices}</fieldset>")
    do = part("do", f'{step.do}<button type="button" class="do-it">{say("try")}</button>')
    answer = part(
        "answer", f'<button type="button" class="reveal">{say("show")}</button>'
        f'<p class="verdict" aria-live="polite"></p><div class="revealed" hidden>{replies}{step.explain}'
        f'<button type="button" class="again">{say("again")}</button></div>',
    )  # fmt: skip
    turns = "".join(
        f'<button type="button" class="{kind}" data-go="{to}">{say(kind)}</button>'
        for kind, to in (("previous", n - 1), ("next", n + 1)) if 1 <= to <= last
    )  # fmt: skip
    return (
        f'<article data-step="{n}" data-right="{step.right}" data-tab="{step.tab}" '
        f'data-look="{escape(step.look)}" data-settings="{escape(json.dumps(step.settings))}" hidden>'
        f'<h2 tabindex="-1">{escape(step.title)}</h2>{step.intro}{predict}{do}{answer}'
        f'<footer>{turns}<p>{say("link")} <a class="address" href="?step={n}"></a></p></footer></article>'
    )
