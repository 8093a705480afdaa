"""How well a model predicts a text, and the file of what it has learnt, as they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gpt2core.serving.messages.build_request import BuildRequest, ModelRequest
from gpt2core.validation import parse_text


@dataclass(frozen=True)
class ScoreRequest(ModelRequest):
    text: str = field(repr=False)

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> ScoreRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        return cls(BuildRequest.parse(values), parse_text("text", values.get("text", "")))


@dataclass(frozen=True)
class WeightsRequest(ModelRequest):
    """The weights that a run of training has learnt, as a file."""

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> WeightsRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        return cls(BuildRequest.parse(values))
