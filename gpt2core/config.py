"""What makes a GPT-2's shape, and how its next token is chosen.

Plain Python, without torch: the page must be served before torch has loaded.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, fields
from typing import Final, SupportsIndex

from gpt2core.errors import ConfigError

TOKENIZER_VOCAB = 50_257  # ids of GPT-2's tokenizer: 256 bytes, 50,000 merges, <|endoftext|>
MAX_HEADS = 128  # more are neither offered nor taken from outside
SWITCHES: Final = ("bias", "tie_weights")  # the fields of a shape that are true or false
DTYPE_BYTES: Final = {
    "float32": 4,
    "bfloat16": 2,
}  # number formats of weights, and bytes of a number in each


@dataclass(frozen=True, slots=True)
class GPTConfig:
    """The seven choices that make a GPT-2's shape. Defaults: GPT-2 Small.

    Raises ConfigError where a size is not a positive whole number or `n_head` does not
    divide `n_embd`. Numbers of numpy's and torch's are taken, and kept as Python's own. Upper limits are
    the server's (validation.py), not the library's.
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
            value = plain_number(getattr(self, field.name))
            if field.name in SWITCHES:
                if not isinstance(value, bool):
                    raise ConfigError("boolean", field.name, value)
            elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigError("positive", field.name, value)
            object.__setattr__(self, field.name, value)  # it is frozen for everybody else
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
    divisors = [n for n in range(1, min(MAX_HEADS, n_embd) + 1) if n_embd % n == 0]
    below = [n for n in divisors if n < n_head][-1:]
    above = [n for n in divisors if n > n_head][:1]
    return below + above


def plain_number(value: object) -> object:
    """A number or truth value of another library (numpy, torch) as Python's own; all else as it is."""
    if getattr(value, "ndim", 0) != 0:  # an array of several, or of one
        return value
    item = getattr(value, "item", None)
    if callable(item):
        return item()
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        return operator.index(value)
    return value


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
    """How the next token is chosen. None means off for `top_k` and `top_p`; `seed` is the noise's."""

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    max_new_tokens: int = 50
    seed: int = 0
