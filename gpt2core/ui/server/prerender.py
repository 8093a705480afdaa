"""What is seen before the page's scripts have come: its first screen, with the numbers and the chart of the
shape in the link. It is a picture: live.js takes it away when the page itself stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpt2core.charts.base import COLORS, INK, LABELLED_SHARE, UNITS, quantities
from gpt2core.config import PRESETS, GPTConfig
from gpt2core.counting.parameters import COMPONENTS
from gpt2core.errors import ConfigError
from gpt2core.i18n import LANGUAGES, file_size, flops, number, percent, t
from gpt2core.link_grammar import Link, read_link
from gpt2core.ui.components import compare, frame, live
from gpt2core.ui.page_data import SLIDERS
from gpt2core.ui.server import static_files
from gpt2core.validation import SHAPE_FIELDS, SIZE_FIELDS, TABS, parse_config

_WRITTEN = {"bytes": file_size, "flops": flops}
_REARRANGES = {"step", "pin", "lock", "hide", "projector"}  # pages that begin with something else

_BODY = re.compile(rb"<body[^>]*>")

# A shadow tree keeps its names and styles apart from those of the page that is coming.
_ATTACH = """<script>{
  const asked = new URLSearchParams(location.search).get("__theme");
  const dark = asked ? asked === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const host = document.getElementById("first-screen"), look = host.querySelector("template").content;
  if (dark) look.querySelector(".look").classList.add("dark");
  host.attachShadow({ mode: "closed" }).append(look);
}</script>"""


def shape_in(link: Link) -> GPTConfig | None:
    """The shape that a link asks for, or None where the page will have to put it right."""
    try:
        return None if link.refused.keys() & set(SHAPE_FIELDS) else parse_config(link.values)
    except ConfigError:
        return None


@cache
def _style() -> str:
    """The page's own rules for these parts. Not a file to fetch: nothing would wait for it."""
    paths = static_files.styles("page", "controls", "charts", "compare", "first-screen")
    return "".join(path.read_text(encoding="utf-8") for path in paths)


@cache
def _parts(lang: str) -> dict[str, str]:
    """The markup of the page's own parts, by name."""
    parts = {
        "header": frame.header(lang, "", ""),
        "presets": live.presets(list(PRESETS), lang),
        "pin": compare.pin(lang),
        "more": live.more(lang),
        "numbers": frame.numbers(lang),
        "tabs": frame.navigation(lang),
        **{field: live.control(field, lang) for field in SIZE_FIELDS},
    }
    return {name: str(part.html_template) for name, part in parts.items()}


def _control(field: str, config: GPTConfig, lang: str) -> str:
    value = getattr(config, field)
    low, high, _ = SLIDERS[field]
    filled = min(100.0, max(0.0, 100 * (value - low) / (high - low)))
    markup = _parts(lang)[field].replace('type="number"', f'type="number" value="{value}"')
    if field == "n_head":
        split = " × ".join(number(n, lang) for n in (config.n_head, config.head_dim))
        markup = markup.replace("></p>", f">{split} = {number(config.n_embd, lang)}</p>")
    # After its bounds, which would otherwise still be 0 to 100.
    return re.sub(r'(type="range" [^>]*)>', rf'\1 value="{value}" style="--filled: {filled:.1f}%">', markup)


def _numbers(config: GPTConfig, values: Mapping[str, int], lang: str) -> str:
    known = {**values, "head_dim": config.head_dim}

    def count(found: re.Match[str]) -> str:
        write = _WRITTEN.get(UNITS.get(found[2], ""), number)
        return f"{found[1]}{write(known[found[2]], lang)}<"

    strip = ""
    for name in COMPONENTS:
        share = values[f"component.{name}"] / values["unique_total"]
        said = (f"{percent(share, lang)} ", t(f"short.{name}", lang)) if share >= LABELLED_SHARE else ()
        label = "".join(f"<span>{escape(text)}</span>" for text in said)
        style = f"background: {COLORS[name]}; color: {INK[name]}; flex-grow: {share:.6f}"
        strip += f'<i style="{style}">{label}</i>'
    markup = re.sub(r'(data-number="(\w+)">)–<', count, _parts(lang)["numbers"])
    if not config.tie_weights:
        for note, tied in (("per_module_note", "per_module_note_tied"), ("tying_note", "tying_note")):
            before, after = (escape(t(f"number.{key}", lang)) for key in (tied, f"{note}_untied"))
            markup = markup.replace(f'data-note="{note}">{before}<', f'data-note="{note}">{after}<')
    return markup.replace('aria-hidden="true"></div>', f'aria-hidden="true">{strip}</div>', 1)


def _bars(values: Mapping[str, int], lang: str) -> str:
    total = values["unique_total"]
    counts = {name: values[f"component.{name}"] for name in COMPONENTS}
    largest = max(counts, key=lambda name: counts[name])
    rows = "".join(
        f'<span>{escape(t(f"component.{name}", lang))}</span><span class="bar" style="--share: '
        f'{count / counts[largest]:.4f}; --tint: {COLORS[name]}"><b>{number(count, lang)}</b> '
        f"&nbsp;{percent(count / total, lang, 2)}</span>"
        for name, count in counts.items()
    )
    says = t(
        "chart.bar_summary", lang, largest=t(f"component.{largest}", lang),
        value=counts[largest], total=total, share=percent(counts[largest] / total, lang),
    )  # fmt: skip
    return (
        f'<figure class="chart"><h2>{escape(t("chart.bar_title", lang))}</h2><div class="bars">{rows}</div>'
        f"<figcaption>{escape(says)}</figcaption></figure>"
    )


def picture(query: str, lang: str) -> str:
    """The first screen of the page behind a link, as markup; empty where it begins with something else."""
    link = read_link(query)
    config = None if _REARRANGES & {*link.words, *link.values, *link.refused} else shape_in(link)
    if config is None:
        return ""
    values, parts = quantities(config), _parts(lang)
    presets = parts["presets"]
    for name in (name for name, preset in PRESETS.items() if preset == config):
        presets = presets.replace(f'data-preset="{name}"', f'data-preset="{name}" aria-pressed="true"')
    tab = link.words.get("tab", TABS[0])
    tabs = parts["tabs"].replace(
        f'data-tab="{escape(tab)}"', f'data-tab="{escape(tab)}" aria-selected="true"'
    )
    controls = "".join(_control(field, config, lang) for field in SIZE_FIELDS)
    left = (
        f'{presets}<div class="pin-part">{parts["pin"]}</div>{controls}'
        f'<div class="more-part">{parts["more"]}</div><button id="build">{t("build.button", lang)}</button>'
    )
    right = _numbers(config, values, lang) + tabs + (_bars(values, lang) if tab == TABS[0] else "")
    kind = "" if tab == TABS[0] else ' class="elsewhere"'
    return (
        f'<div id="first-screen"{kind} aria-hidden="true" inert><template>'
        f'<style>{_style()}</style><div class="look">'
        f'<div class="gradio-container"><div class="live">{parts["header"]}</div>'
        f'<div class="house"><div class="left live">{left}</div><div class="right live">{right}</div></div>'
        f"</div></div></template>{_ATTACH}</div>"
    )


class FirstScreen:
    """Puts the first screen into the page, which is otherwise empty until Gradio's scripts have come, and
    compresses it, which Gradio does not: 290 kB become 41 in 2.5 ms."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lang = _language(scope)
        if lang is None:
            return await self.app(scope, receive, send)
        query = scope["query_string"].decode("latin-1")
        compressed = "br" in Headers(scope=scope).get("accept-encoding", "")
        start: Message = {}

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)  # held back: it says how long the body is
                return
            body: bytes = message.get("body", b"")
            if start:
                if start["status"] == 200 and not message.get("more_body"):
                    body = _BODY.sub(lambda tag: tag[0] + picture(query, lang).encode(), body, count=1)
                    headers = MutableHeaders(raw=start["headers"])
                    if compressed:
                        body = brotli.compress(body, quality=3)
                        headers["content-encoding"] = "br"
                    headers.add_vary_header("Accept-Encoding")
                    headers["content-length"] = str(len(body))
                await send(dict(start))
                start.clear()
            await send({**message, "body": body})

        return await self.app(scope, receive, adding)


def _language(scope: Scope) -> str | None:
    """The language of the page that is asked for, or None where it is no page."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
    return {"": LANGUAGES[0]}.get(path, path if path in LANGUAGES[1:] else None)
