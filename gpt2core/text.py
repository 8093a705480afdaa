"""The page's words and number formats. Text lives in assets/text/<lang>.json."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "vi")
ASSETS = Path(__file__).resolve().parent.parent / "assets"
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


def number(value: float, lang: str, decimals: int = 0) -> str:
    """124439808 -> '124,439,808' in English, '124.439.808' in Vietnamese."""
    thousands, decimal = _SEPARATORS[lang]
    plain = f"{value:,.{decimals}f}"
    return plain.translate({ord(","): thousands, ord("."): decimal})


def file_size(n_bytes: float, lang: str) -> str:
    """Bytes in decimal units (1 MB = 10^6 bytes), as torchinfo writes them."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(n_bytes) < 1000:
            return f"{number(n_bytes, lang, 0 if unit == 'B' else 1)} {unit}"
        n_bytes /= 1000
    return f"{number(n_bytes, lang, 1)} TB"
