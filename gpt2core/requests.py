"""What a visitor may ask for, as plain data: parsed on the server, and fit to cross to another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from gpt2core.config import (
    COMPARED_TEMPERATURES,
    ConfigError,
    GPTConfig,
    SamplingOptions,
    parse_config,
    parse_int,
    parse_sampling,
    parse_text,
)

Event: TypeAlias = dict[str, Any]  # what is told of a request on its way: plain data
MAX_JOBS = 256  # requests running and waiting at one time
# A school is one address, and each of 100 students may have a job running and one waiting.
MAX_JOBS_PER_ADDRESS = 200
PROMPT_PART = 128  # tokens of a prompt that go through at a time, so that others do not wait for all of it
LISTEN_SECONDS = 0.2  # how often it is asked whether anybody still listens
LAST_SECONDS = 10.0  # that running requests have when all is to end


@dataclass(frozen=True)
class BuildRequest:
    """A model. All requests for an equal one share it."""

    config: GPTConfig
    seed: int
    device: str | None = None  # None: the GPU if there is one

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> BuildRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        return cls(parse_config(values), parse_int("seed", values.get("seed", 0)))

    @property
    def model(self) -> BuildRequest:
        return self

    @property
    def n_steps(self) -> int:
        """How many passes through the model it takes at most."""
        return 0

    def on_cpu(self) -> BuildRequest:
        return replace(self, device="cpu")


@dataclass(frozen=True)
class GenerateRequest:
    model: BuildRequest
    prompt: str
    sampling: SamplingOptions

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> GenerateRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        model = BuildRequest.parse(values)
        return cls(
            model, parse_text("prompt", values.get("prompt", "")),
            parse_sampling(values, model.config.vocab_size),
        )  # fmt: skip

    @property
    def config(self) -> GPTConfig:
        return self.model.config

    @property
    def n_steps(self) -> int:
        """How many passes through the model it takes at most: parts of its prompt, then tokens."""
        parts = -(-len(self.prompt.encode()) // PROMPT_PART)  # no token has less than a byte
        return parts + min(self.sampling.max_new_tokens, self.config.block_size)

    @property
    def options(self) -> list[SamplingOptions]:
        """How each row of it samples."""
        return [self.sampling]

    def on_cpu(self) -> GenerateRequest:
        return replace(self, model=self.model.on_cpu())


@dataclass(frozen=True)
class CompareRequest(GenerateRequest):
    """The same prompt and noise at COMPARED_TEMPERATURES, all at once."""

    @property
    def options(self) -> list[SamplingOptions]:
        return [replace(self.sampling, temperature=t) for t in COMPARED_TEMPERATURES]


@dataclass(frozen=True)
class NextRequest(GenerateRequest):
    """One token, for the logits of all that could have come in its place."""

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> NextRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        prompt = parse_text("prompt", values.get("prompt", ""))
        return cls(BuildRequest.parse(values), prompt, SamplingOptions(max_new_tokens=1))


# What can be tried on a built model; gpt2core/labs has a file for each.
LABS = ("trace", "gradients", "weights", "tying", "qkv", "devices", "measured")
PROMPTED = ("trace", "gradients")
SPEAKING_LABS = ("logits", "repeats")  # these let the model speak, and look at what it says


@dataclass(frozen=True)
class LabRequest:
    """A lab on a model, with what it looks at: a prompt, and a block from 1 on."""

    model: BuildRequest
    lab: str
    prompt: str = ""
    layer: int = 1

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> LabRequest:
        """Untrusted values -> request. `layer` may be more than the model has: then it is the last one.
        Raises ConfigError."""
        lab = str(values.get("lab"))
        if lab not in LABS:
            raise ConfigError("lab", "", lab)
        model = BuildRequest.parse(values)
        prompt = parse_text("prompt", values.get("prompt", "")) if lab in PROMPTED else ""
        layer = min(parse_int("layer", values.get("layer", 1)), model.config.n_layer)
        return cls(model, lab, prompt, layer if lab == "trace" else 1)

    @property
    def config(self) -> GPTConfig:
        return self.model.config

    @property
    def n_steps(self) -> int:
        """How many passes through the model it takes at most."""
        return 0

    def on_cpu(self) -> LabRequest:
        return replace(self, model=self.model.on_cpu())


Request: TypeAlias = BuildRequest | GenerateRequest | LabRequest


@dataclass(frozen=True)
class Visitor:
    """Who asks, as far as that is known. Without a session every job is a visitor of its own."""

    session: str | None = None
    address: str = ""
