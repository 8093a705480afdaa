"""How well a model predicts a text, and the file of what it has learnt, as they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gpt2core.config import GPTConfig
from gpt2core.serving.messages.build_request import BuildRequest
from gpt2core.validation import parse_text


@dataclass(frozen=True)
class ScoreRequest:
    model: BuildRequest
    text: str = field(repr=False)

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> ScoreRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        return cls(BuildRequest.parse(values), parse_text("text", values.get("text", "")))

    @property
    def config(self) -> GPTConfig:
        return self.model.config

    @property
    def n_steps(self) -> int:
        """How many passes that generate it takes at most."""
        return 0

    def on_cpu(self) -> ScoreRequest:
        return replace(self, model=self.model.on_cpu())


@dataclass(frozen=True)
class WeightsRequest:
    """The weights that a run of training has learnt, as a file."""

    model: BuildRequest

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> WeightsRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        return cls(BuildRequest.parse(values))

    @property
    def config(self) -> GPTConfig:
        return self.model.config

    @property
    def n_steps(self) -> int:
        return 0

    def on_cpu(self) -> WeightsRequest:
        return replace(self, model=self.model.on_cpu())
