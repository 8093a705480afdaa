"""What is seen before the page's scripts have come: its first screen, with the numbers and the chart of the
shape in the link. It is a picture: live.js takes it away when the page itself stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gpt2core.charts.base import COLORS, INK, LABELLED_SHARE, quantities
from gpt2core.config import GPTConfig
from gpt2core.counting.parameters import COMPONENTS
from gpt2core.i18n import ASSETS, number, percent, t
from gpt2core.lesson import steps
from gpt2core.link_grammar import read_link
from gpt2core.serving.messages import fields
from gpt2core.ui.components import controls, frame, sections, share
from gpt2core.ui.components.html import render
from gpt2core.ui.server import static_files
from gpt2core.ui.server.first_look import FirstLook, dtype_in, shape_in
from gpt2core.validation import SIZE_FIELDS, TABS


@dataclass(frozen=True)
class Component:
    """A component's parameters in one model; `share` is of all, `of_largest` of the largest component's."""

    name: fields.Component
    count: int
    share: float
    of_largest: float

    @property
    def color(self) -> str:
        return COLORS[self.name]

    @property
    def ink(self) -> str:
        return INK[self.name]

    @property
    def labelled(self) -> bool:
        """Whether the strip on top has room for its name."""
        return self.share >= LABELLED_SHARE


def first_screen(query: str, lang: str, device: str | None = None, dtypes: tuple[str, ...] = ()) -> str:
    """The first screen of the page behind a link, as markup.
    `device` is the device's name on the Build button, where it is known: a long one takes two lines.
    `dtypes` are the number formats that it offers."""
    link = read_link(query)
    look = FirstLook.of(link, lang)
    config = shape_in(link, look.locked)
    dtype = dtype_in(link, dtypes)
    values = quantities(config, dtype) | {"head_dim": config.head_dim}
    components = components_of(values)
    return render(
        "first_screen", lang, style=_style(), before_gradio=_before_gradio(), other="", href="",
        **share.PANEL, look=look, presets=controls.pressed_presets(config),
        controls=[
            _control(field, config, lang, field in look.locked)
            for field in SIZE_FIELDS if field not in look.hidden
        ],
        values=values, notes=frame.note_texts(tied=config.tie_weights, dtype=dtype),
        components=components, says=_says(components, lang), tabs=TABS, selected=look.tab, device=device,
        steps=steps(lang), shown=look.step or steps(lang)[0], rows={},
        names=sections.SECTIONS["parameters"],
    )  # fmt: skip


def components_of(values: Mapping[str, int]) -> list[Component]:
    """The components of the model that has these quantities."""
    counts = {name: values[f"component.{name}"] for name in COMPONENTS}
    total, largest = values["unique_total"], max(counts.values())
    return [Component(name, count, count / total, count / largest) for name, count in counts.items()]


def _control(field: str, config: GPTConfig, lang: str, fixed: bool) -> controls.NumberControl:
    says = ""
    if field == "n_head":
        heads, size, width = (number(n, lang) for n in (config.n_head, config.head_dim, config.n_embd))
        says = f"{heads} × {size} = {width}"
    return controls.number_control(field, lang, getattr(config, field), says, fixed=fixed)


def _says(components: list[Component], lang: str) -> str:
    """What the bar chart shows, in words."""
    largest = max(components, key=lambda component: component.count)
    return t(
        "chart.bar_summary", lang, largest=t(f"component.{largest.name}", lang), value=largest.count,
        total=sum(component.count for component in components), share=percent(largest.share, lang),
    )  # fmt: skip


@cache
def _before_gradio() -> str:
    """A script that has to stand before Gradio's, which are modules, and so run when the page is read."""
    return (ASSETS / "live" / "loader_frames.js").read_text(encoding="utf-8")


@cache
def _style() -> str:
    """The page's own rules for these parts. Not a file to fetch: nothing would wait for it."""
    paths = static_files.styles(
        "page", "controls", "charts", "lesson", "share", "compare", "projector", "first-screen"
    )
    return "".join(path.read_text(encoding="utf-8") for path in paths)
