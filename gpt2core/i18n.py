"""The page's words and number formats. Text lives in assets/text/<lang>.json."""

from __future__ import annotations

import json
import math
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("en", "vi")
ASSETS = Path(__file__).resolve().parent.parent / "assets"
_WIDE = Context(prec=400)  # digits: no number on the page has more
_SEPARATORS = {"en": (",", "."), "vi": (".", ",")}  # thousands, decimal


@cache
def texts(lang: str) -> dict[str, str]:
    """All of a language's texts, nested keys joined by dots."""

    def flat(node: dict[str, Any], prefix: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in node.items():
            if isinstance(value, dict):
                found |= flat(value, f"{prefix}{key}.")
            else:
                found[prefix + key] = value
        return found

    if lang not in LANGUAGES:
        raise ValueError(f"language {lang!r} is not one of {LANGUAGES}")
    path = ASSETS / "text" / f"{lang}.json"
    return flat(json.loads(path.read_text(encoding="utf-8")), "")


def t(key: str, lang: str, **values: Any) -> str:
    """The text `key` in `lang`, with numbers among `values` written as `lang` writes them.

    Raises KeyError for a key the language lacks: a hole must not reach the screen.
    """
    template = texts(lang)[key]
    return template.format(**{k: _written(v, lang) for k, v in values.items()})


def _written(value: Any, lang: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return number(value, lang) if isinstance(value, int) else number(value, lang, 2)


def number(value: float | Decimal, lang: str, decimals: int = 0) -> str:
    """124439808 -> '124,439,808' in English, '124.439.808' in Vietnamese.

    One rounding rule, here and in the browser (ECMA-402's 'halfExpand'): half away from zero, of the
    shortest decimal that reads back as `value`. So 0.25 becomes 0.3 with one decimal, and 1.005 becomes
    1.01 with two.
    """
    thousands, decimal = _SEPARATORS[lang]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    plain = f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE):,f}"
    return plain.translate({ord(","): thousands, ord("."): decimal})


def percent(share: float, lang: str, decimals: int = 1) -> str:
    """0.4554 -> '45.5%'."""
    return f"{number(100 * Decimal(repr(share)), lang, decimals)}%"


def file_size(n_bytes: float, lang: str) -> str:
    """Bytes in decimal units (1 MB = 10^6 bytes), as torchinfo writes them."""
    return _scaled(n_bytes, ("B", "kB", "MB", "GB", "TB", "PB"), lang)


def flops(n: float, lang: str) -> str:
    """Floating-point operations: 284812800 -> '284.8 M'."""
    return _scaled(n, ("", "k", "M", "G", "T", "P"), lang)


def _scaled(value: float, units: tuple[str, ...], lang: str) -> str:
    exact, power = Decimal(repr(value)), 0
    while abs(exact) >= 1000 and power < len(units) - 1:
        exact, power = exact.scaleb(-3, _WIDE), power + 1  # dividing floats would round once more
    return f"{number(exact, lang, 1 if power else 0)} {units[power]}".rstrip()
