"""Tab 'Costs': memory and FLOPs as closed forms, and which device they fit on."""

from __future__ import annotations

from gpt2core.ui import live


def lay_out(lang: str) -> None:
    for name in ("memory", "flops", "devices"):
        live.sheet(name, lang)
