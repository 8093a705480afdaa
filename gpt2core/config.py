"""The shape of a GPT-2 and the strict reading of values that come from strangers.

Everything here is plain Python: it must not load torch, so that the page can stand first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from gpt2core.errors import ConfigError as ConfigError


@dataclass(frozen=True)
class Limit:
    """The closed range a number from outside must lie in, and what stands there at first."""

    minimum: float
    maximum: float
    default: float


TOKENIZER_VOCAB = 50_257  # ids of GPT-2's tokenizer: 256 bytes, 50,000 merges, <|endoftext|>
MAX_SEED = 2**32 - 1
MAX_PROMPT_CHARACTERS = 20_000
# What 'four temperatures, one noise' shows: a stuck record, two steps between, and noise.
COMPARED_TEMPERATURES = (0.0, 0.1, 0.3, 1.0)

# The server's limits. Counting costs nothing, so they reach past GPT-3 (96/96/12288); what
# memory allows is a separate check, made before anything is built.
LIMITS: dict[str, Limit] = {
    "n_layer": Limit(1, 128, 12),
    "n_head": Limit(1, 128, 12),
    "n_embd": Limit(1, 16_384, 768),
    "block_size": Limit(1, 65_536, 1024),
    "vocab_size": Limit(1, 1_000_000, TOKENIZER_VOCAB),
    "seed": Limit(0, MAX_SEED, 0),
    "temperature": Limit(0, 100, 1.0),
    "top_k": Limit(0, 1_000_000, 0),
    "top_p": Limit(0, 1, 1.0),
    "max_new_tokens": Limit(1, 65_536, 50),
    "sample_seed": Limit(0, MAX_SEED, 0),
    "layer": Limit(1, 128, 1),  # which block a lab looks into
}
SIZE_FIELDS = ("n_layer", "n_head", "n_embd")  # the page's three sliders
SHAPE_FIELDS = (*SIZE_FIELDS, "block_size", "vocab_size", "bias", "tie_weights")
MODEL_FIELDS = (*SHAPE_FIELDS, "seed")  # what a model's weights depend on
# What a text depends on, in the order in which the page and the API take it.
GENERATE_FIELDS = (
    *MODEL_FIELDS, "prompt", "temperature", "top_k", "top_p", "max_new_tokens", "sample_seed",
)  # fmt: skip
FRACTIONAL = ("temperature", "top_p")  # every other number is a whole one


@dataclass(frozen=True, slots=True)
class GPTConfig:
    """The seven choices that make a GPT-2's shape. Defaults: GPT-2 Small.

    Raises ConfigError where a size is not a positive whole number or `n_head` does not
    divide `n_embd`. Upper limits are the server's (`parse_config`), not the library's.
    """

    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    block_size: int = 1024
    vocab_size: int = TOKENIZER_VOCAB
    bias: bool = True
    tie_weights: bool = True

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("bias", "tie_weights"):
                parse_bool(field.name, value)
            elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigError("positive", field.name, value)
        if self.n_embd % self.n_head:
            raise ConfigError(
                "divisor", "n_head", self.n_head, n_embd=self.n_embd,
                nearest=" / ".join(map(str, nearest_heads(self.n_head, self.n_embd))),
            )  # fmt: skip

    @property
    def head_dim(self) -> int:
        return self.n_embd // self.n_head


def nearest_heads(n_head: int, n_embd: int) -> list[int]:
    """The head counts next to `n_head`, below and above, that divide `n_embd`."""
    limit = int(LIMITS["n_head"].maximum)
    divisors = [n for n in range(1, min(limit, n_embd) + 1) if n_embd % n == 0]
    below = [n for n in divisors if n < n_head][-1:]
    above = [n for n in divisors if n > n_head][:1]
    return below + above


def parse_number(field: str, value: object) -> float:
    """`value` as a number inside LIMITS[field]. Raises ConfigError.

    A string, a boolean, NaN and infinity are no numbers here; 12.0 counts as 12, because
    JSON knows no difference.
    """
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
    if not isinstance(value, bool):
        raise ConfigError("boolean", field, value)
    return value


def parse_text(field: str, value: object, limit: int = MAX_PROMPT_CHARACTERS) -> str:
    """`value` if it is a string of at most `limit` characters. Raises ConfigError."""
    if not isinstance(value, str):
        raise ConfigError("text", field, value, maximum=limit)
    if len(value) > limit:
        raise ConfigError("too_long", field, value, length=len(value), maximum=limit)
    return value


def parse_config(values: Mapping[str, object]) -> GPTConfig:
    """Untrusted values -> GPTConfig. What is left out is GPT-2 Small's. Raises ConfigError."""
    parsed: dict[str, Any] = {}
    for field in SHAPE_FIELDS:
        if field in values:
            parse = parse_bool if field in ("bias", "tie_weights") else parse_int
            parsed[field] = parse(field, values[field])
    return GPTConfig(**parsed)


# name: layers/heads/width of the OpenAI releases and of minGPT's small ones
PRESETS: dict[str, GPTConfig] = {
    "gpt2": GPTConfig(),
    "gpt2-medium": GPTConfig(24, 16, 1024),
    "gpt2-large": GPTConfig(36, 20, 1280),
    "gpt2-xl": GPTConfig(48, 25, 1600),
    "gpt-nano": GPTConfig(3, 3, 48),
    "gpt-micro": GPTConfig(4, 4, 128),
    "gpt-mini": GPTConfig(6, 6, 192),
}


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """How the next token is chosen. None means off for `top_k` and `top_p`."""

    temperature: float = LIMITS["temperature"].default
    top_k: int | None = None
    top_p: float | None = None
    max_new_tokens: int = int(LIMITS["max_new_tokens"].default)
    seed: int = 0


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
