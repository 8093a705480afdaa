"""A model as it is asked for, and what all that is asked of one has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from gpt2core.config import DTYPE_BYTES, GPTConfig
from gpt2core.validation import CHOICES, OPENAI, RANDOM, parse_choice, parse_config, parse_int, parse_word


@dataclass(frozen=True)
class BuildRequest:
    """A model. All requests for an equal one share it."""

    config: GPTConfig
    seed: int
    device: str | None = None  # None: the GPU if there is one
    dtype: str = CHOICES["dtype"][0]  # the format of its numbers
    weights: str = RANDOM  # or OPENAI, or what a run of training has learnt, by its name

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> BuildRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        dtype = parse_choice("dtype", values.get("dtype", CHOICES["dtype"][0]))
        weights = parse_word("weights", values.get("weights", RANDOM))
        seed = parse_int("seed", values.get("seed", 0))
        return cls(parse_config(values), seed, dtype=dtype, weights=weights)

    @property
    def model(self) -> BuildRequest:
        return self

    @property
    def learnt(self) -> bool:
        """Whether a run of training has made its weights. Such a model has seen every text after the start
        token."""
        return self.weights not in (RANDOM, OPENAI)

    @property
    def dtype_bytes(self) -> int:
        """Bytes of a number."""
        return DTYPE_BYTES[self.dtype]

    @property
    def n_steps(self) -> int:
        """How many passes through the model it takes at most."""
        return 0

    def on_cpu(self) -> BuildRequest:
        """The same where no GPU is lent: in float32, which every CPU is fast with."""
        return replace(self, device="cpu", dtype="float32")


@dataclass(frozen=True)
class ModelRequest:
    """Something that is asked of a model."""

    model: BuildRequest

    @property
    def config(self) -> GPTConfig:
        return self.model.config

    @property
    def n_steps(self) -> int:
        """How many passes through the model it takes at most, where it generates."""
        return 0

    def on_cpu(self) -> Self:
        return replace(self, model=self.model.on_cpu())
