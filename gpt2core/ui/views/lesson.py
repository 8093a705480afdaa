"""View 'Lesson': the course note in short steps, each a guess, a try and an answer.

All of it lies in the page; assets/live/lesson.js shows one step at a time.
"""

from __future__ import annotations

import gradio as gr

from gpt2core.lesson import steps
from gpt2core.ui.components.html import part, render


def lay_out(lang: str) -> None:
    part("lesson", lang, render("lesson", lang, steps=steps(lang), shown=None))


def way_back(lang: str) -> gr.HTML:
    """The bar that leads back into the lesson while another tab is open."""
    told = {
        step.number: {"place": step.place, "tab": step.tab, "at": step.at, "look": step.look}
        for step in steps(lang)
    }
    return part("wayback", lang, render("way_back", lang, look=None, bar_steps=told))
