"""What a link says, read by one grammar: the first screen, the exports and every other route read it here.

assets/live/link_grammar.js is the browser's reader; tests/fixtures/links.json holds both to one answer.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from gpt2core.config import SWITCHES, GPTConfig
from gpt2core.errors import ConfigError
from gpt2core.validation import (
    CHOICES,
    LIMITS,
    SHAPE_FIELDS,
    WORDS,
    parse_bool,
    parse_choice,
    parse_config,
    parse_number,
    parse_word,
)

# A number in a link, as the page itself writes it (JavaScript's own notation of a double).
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
_TRUTH = {"true": True, "false": False}
_SOLVED = re.compile(r"[1-9][0-9]?(-[1-9][0-9]?)*")  # steps of the lesson: 1-3-10
_PLAIN, _BITS = re.compile(r"0|[1-9][0-9]{0,9}"), {0: False, 1: True}  # of a shape as one word


@dataclass(frozen=True)
class Link:
    """What a link says: `values` by field, `refused` why a field's value is not allowed, and `words` all
    that is no field of a model or a text (a tab, a language)."""

    values: dict[str, int | float | bool | str]
    refused: dict[str, ConfigError]
    words: dict[str, str]


_CUT_OFF = re.compile(r"%(?![0-9a-f]{2})", re.IGNORECASE)
_END_OF_SENTENCE = re.compile(r"((?:^|&)lang=[a-z]{2})[^a-z0-9&=]+$", re.IGNORECASE)


def mended(query: str) -> str:
    """A query as it was before mail programs and chats had it: written into HTML (`&amp;`; the page's own
    links write a text's ampersand as %26), as a whole escaped once more, or with the end of a sentence
    behind it, where the page's links have the language."""
    found = query.removeprefix("?").replace("&amp;", "&")
    if "=" not in found and "%3d" in found.lower():
        with suppress(UnicodeDecodeError):  # cut off in the middle of a character
            found = found if _CUT_OFF.search(found) else unquote(found, errors="strict")
    return _END_OF_SENTENCE.sub(r"\1", found)


def read_link(query: str) -> Link:
    """Reads a query (what stands behind a link's question mark). Of a name that is repeated the first
    counts. Each value is read by itself: whether a shape's fields go together is `parse_config`'s.
    """
    link = Link({}, {}, {})
    for name, written in reversed(parse_qsl(mended(query), keep_blank_values=True)):
        for known in (link.values, link.refused, link.words):
            known.pop(name, None)
        if name not in (*LIMITS, *SWITCHES, *CHOICES, *WORDS, "prompt", "pin", "solved"):
            link.words[name] = written
            continue
        try:
            link.values[name] = _read_value(name, written)
        except ConfigError as error:
            link.refused[name] = error
    return link


def _read_value(field: str, written: str) -> int | float | bool | str:
    if field == "prompt":
        return written
    if field == "pin":
        return shape_word(parse_shape_word(written))
    if field == "solved":
        if not _SOLVED.fullmatch(written):
            raise ConfigError("link", field, written)
        return written
    if field in SWITCHES:
        return parse_bool(field, _TRUTH.get(written, written))
    if field in CHOICES:
        return parse_choice(field, written)
    if field in WORDS:
        return parse_word(field, written)
    value = parse_number(field, _read_number(written))
    if field == "top_p" and value == 0:
        raise ConfigError("top_p", field, value)
    return value


def shape_word(config: GPTConfig) -> str:
    """A shape as one word of a link: 12-12-768-1024-50257-1-1."""
    return "-".join(str(int(getattr(config, field))) for field in SHAPE_FIELDS)


def parse_shape_word(written: str) -> GPTConfig:
    """What `shape_word` writes -> the shape, and nothing else. Raises ConfigError."""
    parts = written.split("-")
    try:
        if len(parts) == len(SHAPE_FIELDS) and all(_PLAIN.fullmatch(part) for part in parts):
            read = dict(zip(SHAPE_FIELDS, map(int, parts), strict=True))
            return parse_config(read | {field: _BITS.get(read[field]) for field in SWITCHES})
    except ConfigError:
        pass  # the shape as a whole is not allowed, which is all that is said of a pin
    raise ConfigError("link", "pin", written)


def _read_number(written: str) -> int | float | str:
    """The number, or the text where it is none. Whole numbers stay exact, for the sentence on them."""
    if not _NUMBER.fullmatch(written):
        return written
    try:
        return int(written)
    except ValueError:  # it has a point or an exponent, or more digits than Python reads
        return float(written)
