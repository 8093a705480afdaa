"""View 'Costs': memory and FLOPs as closed forms, what they fit on, and the forms against measurements."""

from __future__ import annotations

from gpt2core.ui.components import lab, results, sections
from gpt2core.ui.components.lab import Lab
from gpt2core.ui.labs.request import handler


def lay_out(lang: str) -> list[Lab]:
    sections.menu("costs", lang)
    for name in ("memory", "flops", "devices"):
        results.sheet(name, lang)
    return [lab.lay_out("measured", lang, handler("measured"))]
