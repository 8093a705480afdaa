"""The limits, and the one strict reading of values that come from outside (link_grammar.py reads links).

Plain Python, without torch. Every value that a stranger sends passes through here before anything is
done with it; what is not allowed raises a ConfigError that names the field, the value and the limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gpt2core.config import (
    DTYPE_BYTES,
    MAX_HEADS,
    SWITCHES,
    TOKENIZER_VOCAB,
    GPTConfig,
    SamplingOptions,
    plain_number,
)
from gpt2core.errors import ConfigError


@dataclass(frozen=True)
class Limit:
    """The closed range a number from outside must lie in, and what stands there at first."""

    minimum: float
    maximum: float
    default: float


MAX_SEED = 2**32 - 1
MAX_PROMPT_CHARACTERS = 20_000
MAX_TEXT_CHARACTERS = 200_000  # of a text to learn from
# Where random weights show an uneven distribution that is not stuck yet: at 1, as the API has it, all
# bars are alike.
PAGE_TEMPERATURE = 0.15
_SMALL, _SAMPLING = GPTConfig(), SamplingOptions()

# The server's limits. Counting costs nothing, so they reach past GPT-3 (96/96/12288); what
# memory allows is a separate check, made before anything is built.
LIMITS: dict[str, Limit] = {
    "n_layer": Limit(1, 128, _SMALL.n_layer),
    "n_head": Limit(1, MAX_HEADS, _SMALL.n_head),
    "n_embd": Limit(1, 16_384, _SMALL.n_embd),
    "block_size": Limit(1, 65_536, _SMALL.block_size),
    "vocab_size": Limit(1, 1_000_000, TOKENIZER_VOCAB),
    "seed": Limit(0, MAX_SEED, 0),
    "temperature": Limit(0, 100, PAGE_TEMPERATURE),
    "top_k": Limit(0, 1_000_000, 0),
    "top_p": Limit(0, 1, 1.0),
    "max_new_tokens": Limit(1, 65_536, _SAMPLING.max_new_tokens),
    "sample_seed": Limit(0, MAX_SEED, _SAMPLING.seed),
    "layer": Limit(1, 128, 1),  # which block a lab looks into
    # Of training. 0 steps: as many as `seconds` allow; a batch and a rate of 0: the shape's.
    "steps": Limit(0, 100_000, 0),
    "seconds": Limit(1, 300, 60),
    "batch_size": Limit(0, 1024, 0),
    "learning_rate": Limit(0, 1, 0),
}
# What a model can learn from without a text of the visitor's own, and with one.
SOURCES: Final = ("stories-en", "stories-vi", "sums", "sorting")
OWN_TEXT: Final = "text"
RANDOM: Final = "random"  # weights as a model begins with
OPENAI: Final = "openai"  # those that OpenAI has released
# What is one of a few words; at first, the first.
CHOICES: Final = {"dtype": tuple(DTYPE_BYTES)}
# What is a word of some form, which the browser reads by the same pattern, and what it is at first. A text
# of a visitor's own is known by a secret; a run by its source and a number, with its steps where it is not
# asked for as a whole.
_SOURCE, _HEX = "|".join((*SOURCES, OWN_TEXT)), "[0-9a-f]"
WORDS: Final = {
    "source": (rf"{_SOURCE}|{OWN_TEXT}-{_HEX}{{20}}", SOURCES[0]),
    "weights": (rf"{RANDOM}|{OPENAI}|({_SOURCE})-{_HEX}{{16}}(\.[1-9][0-9]{{0,5}})?", RANDOM),
}
SIZE_FIELDS: Final = ("n_layer", "n_head", "n_embd")  # the page's three sliders
SHAPE_FIELDS: Final = (*SIZE_FIELDS, "block_size", "vocab_size", *SWITCHES)
MODEL_FIELDS: Final = (*SHAPE_FIELDS, "seed", "dtype", "weights")  # what a model's weights depend on
# What a text depends on, in the order in which the page and the API take it.
GENERATE_FIELDS: Final = (
    *SHAPE_FIELDS, "seed", "prompt", "temperature", "top_k", "top_p", "max_new_tokens", "sample_seed",
    "dtype", "weights",
)  # fmt: skip
TRAIN_FIELDS: Final = (
    *SHAPE_FIELDS, "seed", "dtype", "source", "text", "steps", "seconds", "batch_size", "learning_rate",
)  # fmt: skip
FRACTIONAL = ("temperature", "top_p", "seconds", "learning_rate")  # every other number is a whole one
# The page's views, in its order; a link's `tab` may say which one is open.
TABS = ("parameters", "drawing", "generate", "train", "inside", "costs", "lesson")
# What links from before called a tab -> the view that has it now, and its section there.
FORMER_TABS: Final = {
    "model": ("generate", "result-build"), "counters": ("parameters", "table-counters"),
    "temperature": ("generate", "about-logits"), "hardware": ("inside", "about-qkv"),
    "export": ("parameters", "take-home"),
}  # fmt: skip


def parse_number(field: str, value: object) -> float:
    """`value` as a number inside LIMITS[field]. Raises ConfigError.

    A string, a boolean, NaN and infinity are no numbers here; 12.0 counts as 12, because
    JSON knows no difference.
    """
    value = plain_number(value)
    limit, whole = LIMITS[field], field not in FRACTIONAL
    code = "whole" if whole else "number"
    allowed = {"minimum": _plain(limit.minimum), "maximum": _plain(limit.maximum)}
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(code, field, value, **allowed)
    if not limit.minimum <= value <= limit.maximum or (whole and value != int(value)):
        raise ConfigError(code, field, value, **allowed)  # NaN fails every comparison
    return int(value) if whole else float(value)


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number


def parse_int(field: str, value: object) -> int:
    """`value` as a whole number inside LIMITS[field]. Raises ConfigError."""
    return int(parse_number(field, value))


def parse_bool(field: str, value: object) -> bool:
    """`value` if it is True or False, nothing else. Raises ConfigError."""
    value = plain_number(value)
    if not isinstance(value, bool):
        raise ConfigError("boolean", field, value)
    return value


def parse_choice(field: str, value: object) -> str:
    """`value` if it is one of CHOICES[field]. Raises ConfigError."""
    if not isinstance(value, str) or value not in CHOICES[field]:
        raise ConfigError("choice", field, value, allowed=", ".join(CHOICES[field]))
    return value


def parse_word(field: str, value: object) -> str:
    """`value` if it has the form of WORDS[field]. Raises ConfigError."""
    pattern, _ = WORDS[field]
    if isinstance(value, str) and re.fullmatch(pattern, value):
        return value
    raise ConfigError(f"word_{field}", field, value, sources=", ".join((*SOURCES, OWN_TEXT)))


def parse_text(field: str, value: object, limit: int = MAX_PROMPT_CHARACTERS) -> str:
    """`value` if it is a string of at most `limit` characters. Raises ConfigError.

    Half of a surrogate pair, which JSON can hold and UTF-8 cannot, becomes U+FFFD, and two halves that
    stand together one character: so does the tokenizer read it, and everybody else may encode it.
    """
    if not isinstance(value, str):
        raise ConfigError("text", field, value, maximum=limit)
    if len(value) > limit:
        raise ConfigError("too_long", field, value, length=len(value), maximum=limit)
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse_config(values: Mapping[str, object]) -> GPTConfig:
    """Untrusted values -> GPTConfig. What is left out is GPT-2 Small's. Raises ConfigError."""
    parsed: dict[str, Any] = {}
    for field in SHAPE_FIELDS:
        if field in values:
            parse = parse_bool if field in SWITCHES else parse_int
            parsed[field] = parse(field, values[field])
    return GPTConfig(**parsed)


def parse_sampling(values: Mapping[str, object], vocab_size: int) -> SamplingOptions:
    """Untrusted `temperature, top_k, top_p, max_new_tokens, sample_seed` -> SamplingOptions.

    Raises ConfigError. `top_k` 0 or None and `top_p` 1 or None mean off.
    """
    top_k, top_p = values.get("top_k"), values.get("top_p")
    if top_k is not None:
        top_k = parse_int("top_k", top_k)
        if top_k > vocab_size:
            raise ConfigError("top_k", "top_k", top_k, vocab_size=vocab_size)
    if top_p is not None:
        top_p = parse_number("top_p", top_p)
        if top_p == 0:
            raise ConfigError("top_p", "top_p", top_p)
    default = SamplingOptions()
    return SamplingOptions(
        temperature=parse_number("temperature", values.get("temperature", default.temperature)),
        top_k=top_k or None,
        top_p=None if top_p in (None, 1.0) else top_p,
        max_new_tokens=parse_int("max_new_tokens", values.get("max_new_tokens", default.max_new_tokens)),
        seed=parse_int("sample_seed", values.get("sample_seed", default.seed)),
    )
