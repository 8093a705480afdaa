"""A run of training as it is asked for, and as it is kept."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from gpt2core.errors import ConfigError
from gpt2core.serving.messages.build_request import BuildRequest, ModelRequest
from gpt2core.serving.messages.training_events import TrainEvent
from gpt2core.validation import (
    LIMITS,
    MAX_TEXT_CHARACTERS,
    OWN_TEXT,
    SOURCES,
    parse_int,
    parse_number,
    parse_text,
    parse_word,
)

_SECRET_BYTES = 10


@dataclass(frozen=True)
class TrainRequest(ModelRequest):
    """A run. All requests for an equal one share it.

    Of `steps` and `seconds` the first counts where it is not 0. A `batch_size` and a `learning_rate` of 0
    are the shape's. `text` is what the source's name stands for where that is a visitor's own.
    """

    source: str
    steps: int = 0
    seconds: float = 0.0
    batch_size: int = 0
    learning_rate: float = 0.0
    text: str = field(default="", compare=False, repr=False)

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> TrainRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        model = BuildRequest.parse({**values, "weights": "random"})
        text = parse_text("text", values.get("text", ""), MAX_TEXT_CHARACTERS)
        source = parse_word("source", values.get("source", SOURCES[0]))
        if source == OWN_TEXT and not text:
            raise ConfigError("empty_prompt", "text", text)
        if source != OWN_TEXT:
            text = ""
        else:
            source = f"{OWN_TEXT}-{secrets.token_hex(_SECRET_BYTES)}"
        steps = parse_int("steps", values.get("steps", 0))
        seconds = parse_number("seconds", values.get("seconds", LIMITS["seconds"].default))
        return cls(
            model, source, steps,
            0.0 if steps else seconds,
            parse_int("batch_size", values.get("batch_size", 0)),
            parse_number("learning_rate", values.get("learning_rate", 0)),
            text,
        )  # fmt: skip

    @property
    def kind(self) -> str:
        """One of SOURCES, or OWN_TEXT."""
        return OWN_TEXT if self.is_private else self.source

    @property
    def is_private(self) -> bool:
        """Whether it learns from a visitor's own text."""
        return self.source.startswith(OWN_TEXT)

    @property
    def name(self) -> str:
        """The run's, by which its weights are asked for: the same for equal requests, and for a visitor's
        own text as hard to guess as the text's."""
        what = asdict(self) | {"text": None}
        digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
        return f"{self.kind}-{digest[:16]}"


@dataclass(frozen=True)
class ForgetRequest(ModelRequest):
    """What was learnt from a visitor's own text is to be gone, and the text."""

    source: str

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> ForgetRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        source = parse_word("source", values.get("source"))
        if not source.startswith(OWN_TEXT):
            raise ConfigError("text_gone", "source", source)
        return cls(BuildRequest.parse({**values, "weights": "random"}), source)


@dataclass(frozen=True)
class Snapshot:
    """A run after so many of its steps: enough to go on from there, and to show it again."""

    request: TrainRequest  # with its steps
    step: int
    weights: bytes = field(repr=False)  # a .safetensors file, as transformers reads it
    # What else going on takes, as safetensors; None where that is too much to keep, or nothing is to come.
    optimizer: bytes | None = field(repr=False)
    event: TrainEvent = field(repr=False)

    @property
    def run(self) -> str:
        return self.request.name

    @property
    def name(self) -> str:
        """By which its weights are asked for."""
        return f"{self.run}.{self.step}"

    @property
    def n_bytes(self) -> int:
        """Memory, in bytes, that it takes."""
        return len(self.weights) + len(self.optimizer or b"")
