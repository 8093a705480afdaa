"""Numbers, switches, the prompt, presets and the button for more. controls.js brings them to life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gradio as gr

from gpt2core.config import PRESETS, GPTConfig
from gpt2core.i18n import texts
from gpt2core.ui.components.html import part, render
from gpt2core.ui.page_data import SLIDERS
from gpt2core.validation import CHOICES, FRACTIONAL, LIMITS


@dataclass(frozen=True)
class NumberControl:
    """What control.html shows; `says` is the line below. Only the first screen has a value, and may say
    something else than the hint: in the page itself controls.js puts both in."""

    field: str
    hint: str
    says: str
    value: int | None = None
    fixed: bool = False

    @property
    def whole(self) -> bool:
        return self.field not in FRACTIONAL

    @property
    def minimum(self) -> str:
        return f"{LIMITS[self.field].minimum:.0f}"

    @property
    def maximum(self) -> str:
        return f"{LIMITS[self.field].maximum:.0f}"

    @property
    def slider(self) -> tuple[float, float, float] | None:
        """First, last, step; None for a number without a slider."""
        return SLIDERS.get(self.field)

    @property
    def filled(self) -> str | None:
        """The style of the slider's track, which is filled up to the value."""
        if self.value is None or self.slider is None:
            return None
        low, high, _ = self.slider
        return f"--filled: {min(100.0, max(0.0, 100 * (self.value - low) / (high - low))):.1f}%"


def number_control(
    field: str, lang: str, value: int | None = None, says: str = "", *, fixed: bool = False
) -> NumberControl:
    """`fixed`: a teacher's link has fixed it, and the first screen says so."""
    hint = texts(lang).get(f"hint.{field}", "")
    return NumberControl(field, hint, says or hint, value, fixed)


def control(field: str, lang: str) -> gr.HTML:
    """A number: exact entry, and a slider where one helps. Its value is what was typed."""
    default = LIMITS[field].default
    return part(
        "control", lang, render("control", lang, control=number_control(field, lang)),
        value=int(default) if default == int(default) else default,
    )  # fmt: skip


def switch(field: str, lang: str) -> gr.HTML:
    """True or false."""
    return part("switch", lang, render("switch", lang, field=field), value=True)


def choice(field: str, lang: str) -> gr.HTML:
    """One of a few words. `offer` says which of them the device has."""
    markup = render("choice", lang, field=field, choices=CHOICES[field])
    return part("choice", lang, markup, value=CHOICES[field][0], offered=[])


def offer(choices: Sequence[str]) -> gr.HTML:
    """What becomes of a `choice` when it is known what the device offers, first what to begin with."""
    return gr.HTML(offered=[*choices])


def prompt(lang: str) -> gr.HTML:
    return part("prompt", lang, render("prompt", lang), value="")


def pressed_presets(config: GPTConfig | None) -> Mapping[str, str | None]:
    """Each preset's `aria-pressed` for a shape; without a shape none has any, and controls.js says it."""
    return {name: "true" if preset == config else None for name, preset in PRESETS.items()}


def presets(lang: str) -> gr.HTML:
    return part("presets", lang, render("presets", lang, presets=pressed_presets(None)))


def more(lang: str) -> gr.HTML:
    """A button that shows and hides what stands after it. (gr.Accordion would take its
    controls out of the page while it is closed, and their values with them.)"""
    return part("more", lang, render("more", lang))
