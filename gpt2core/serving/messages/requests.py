"""What a visitor may ask for, parsed on the server into frozen dataclasses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeGuard, get_args

from gpt2core.config import SamplingOptions
from gpt2core.errors import ConfigError
from gpt2core.serving.messages.build_request import BuildRequest, ModelRequest
from gpt2core.serving.messages.scoring import ScoreRequest, WeightsRequest
from gpt2core.serving.messages.training import ForgetRequest, TrainRequest
from gpt2core.validation import parse_int, parse_sampling, parse_text

PREFILL_CHUNK = 128  # tokens of a prompt in one pass, so that others do not wait for all of it
# What 'four temperatures, one noise' shows: a stuck record, two steps between, and noise.
COMPARED_TEMPERATURES = (0.0, 0.1, 0.3, 1.0)
PLAYED_TOKENS = 4  # that are generated in the forward pass that the page plays


@dataclass(frozen=True)
class GenerateRequest(ModelRequest):
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
    def n_steps(self) -> int:
        """How many passes through the model it takes at most: chunks of its prompt, then tokens."""
        chunks = -(-len(self.prompt.encode()) // PREFILL_CHUNK)  # no token has less than a byte
        return chunks + min(self.sampling.max_new_tokens, self.config.block_size)

    @property
    def options(self) -> list[SamplingOptions]:
        """How each row of it samples."""
        return [self.sampling]


@dataclass(frozen=True)
class CompareRequest(GenerateRequest):
    """The same prompt and noise at COMPARED_TEMPERATURES, all at once."""

    @property
    def options(self) -> list[SamplingOptions]:
        return [replace(self.sampling, temperature=t) for t in COMPARED_TEMPERATURES]


@dataclass(frozen=True)
class NextTokenRequest(GenerateRequest):
    """One token, for the logits of all that could have come in its place."""

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> NextTokenRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        prompt = parse_text("prompt", values.get("prompt", ""))
        return cls(BuildRequest.parse(values), prompt, SamplingOptions(max_new_tokens=1))


# What can be tried on a built model; gpt2core/labs has a file for each.
LabName: TypeAlias = Literal[
    "forward", "trace", "gradients", "weights", "tying", "qkv", "devices", "measured"
]
LABS: tuple[LabName, ...] = get_args(LabName)
PROMPTED_LABS: tuple[LabName, ...] = ("forward", "trace", "gradients")
BLOCK_LABS: tuple[LabName, ...] = ("forward", "trace")  # these look into one block


def _is_lab(name: object) -> TypeGuard[LabName]:
    return name in LABS


_ANY = SamplingOptions()  # of a lab that chooses no token


@dataclass(frozen=True)
class LabRequest(ModelRequest):
    """A lab on a model, with what it looks at: a prompt, a block from 1 on, how a next token is chosen."""

    lab: LabName
    prompt: str = ""
    layer: int = 1
    sampling: SamplingOptions = _ANY

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> LabRequest:
        """Untrusted values -> request. `layer` may be more than the model has: then it is the last one.
        Raises ConfigError."""
        lab = values.get("lab")
        if not _is_lab(lab):
            raise ConfigError("lab", "", str(lab))
        model = BuildRequest.parse(values)
        prompt = parse_text("prompt", values.get("prompt", "")) if lab in PROMPTED_LABS else ""
        layer = min(parse_int("layer", values.get("layer", 1)), model.config.n_layer)
        layer = layer if lab in BLOCK_LABS else 1
        if lab != "forward":
            return cls(model, lab, prompt, layer)
        sampling = parse_sampling({**values, "max_new_tokens": PLAYED_TOKENS}, model.config.vocab_size)
        return cls(model, lab, prompt, layer, sampling)


Request: TypeAlias = (
    BuildRequest
    | GenerateRequest
    | LabRequest
    | TrainRequest
    | ForgetRequest
    | ScoreRequest
    | WeightsRequest
)


Rows: TypeAlias = Sequence[Sequence[int]]  # the tokens that each row of a text was given so far


@dataclass(frozen=True)
class Visitor:
    """Who asks, as far as that is known. Without a session every job is a visitor of its own."""

    session: str | None = None
    address: str = ""
