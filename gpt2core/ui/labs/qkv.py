"""Lab 'qkv': one fused matrix against three, in time and in what comes out."""

from __future__ import annotations

from gpt2core.i18n import number, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import QKVResult
from gpt2core.ui.components import blocks

_ROUNDING = 1e-4  # of outputs that are about 1 in size


def present(found: QKVResult, lang: str) -> list[Block]:
    rows = found["rows"]
    head = [
        t(f"lab.{name}", lang) for name in ("tokens_at_once", "fused", "separate", "ratio", "difference")
    ]
    milliseconds = [
        [number(row["n_tokens"], lang), _ms(row["fused"], lang), _ms(row["separate"], lang),
         number(row["separate"] / row["fused"], lang, 2), _tiny(row["difference"])]
        for row in rows
    ]  # fmt: skip
    best = max(rows, key=lambda row: row["separate"] / row["fused"])
    worst = max(row["difference"] for row in rows)
    verdict = "same" if worst == 0 else "equal" if worst < _rounding(found) else "unequal"
    return [
        blocks.table(head, milliseconds),
        blocks.paragraph(t(f"lab.qkv_{verdict}", lang, difference=_tiny(worst)),
                         "verdict bad" if verdict == "unequal" else "verdict good"),
        blocks.paragraph(t("lab.qkv_says", lang, tokens=best["n_tokens"],
                           ratio=best["separate"] / best["fused"])),
    ]  # fmt: skip


def _rounding(found: QKVResult) -> float:
    """How far outputs may differ that are only rounded otherwise. bfloat16 has 8 binary digits, and the
    largest outputs are about five times their spread of 0.02 * sqrt(n_embd)."""
    return _ROUNDING if found["dtype"] == "float32" else 2.0**-7 * 5 * 0.02 * found["n_embd"] ** 0.5


def _tiny(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def _ms(seconds: float, lang: str) -> str:
    return f"{number(seconds * 1e3, lang, 3)} ms"
