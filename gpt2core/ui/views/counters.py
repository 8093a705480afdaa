"""Tab 'Counters': every number that is printed as the size of this model, and why they differ."""

from __future__ import annotations

from gpt2core.ui.components import results


def lay_out(lang: str) -> None:
    for name in ("counters", "tensors"):
        results.sheet(name, lang)
