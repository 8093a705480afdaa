"""What is told of a request on its way: plain data, one kind for each `stage`.

The last event of a request has `done`, or is an ErrorEvent.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from gpt2core.config import GPTConfig
from gpt2core.errors import ErrorData
from gpt2core.serving.messages.fields import Notice, ShapeConfig
from gpt2core.serving.messages.lab_results import LabResult
from gpt2core.serving.messages.training_events import ForgottenEvent, ScoreEvent, TrainEvent, WeightsEvent


def shape_config(config: GPTConfig) -> ShapeConfig:
    """`config` as plain data."""
    return {
        "n_layer": config.n_layer, "n_head": config.n_head, "n_embd": config.n_embd,
        "block_size": config.block_size, "vocab_size": config.vocab_size,
        "bias": config.bias, "tie_weights": config.tie_weights,
    }  # fmt: skip


class _Event(TypedDict):
    """`notice`: what a visitor should know besides."""

    notice: NotRequired[Notice]


class WaitEvent(_Event):
    stage: Literal["wait"]
    place: NotRequired[int]  # in line, from 1


class BuildEvent(_Event):
    """Weights are being drawn."""

    stage: Literal["build"]
    progress: float  # 0 to 1


class CountEvent(_Event):
    """The model is there and is being counted."""

    stage: Literal["count"]


class BuiltEvent(_Event):
    """A model's report, and its three counts: closed form, measured, and as torchinfo printed it."""

    stage: Literal["built"]
    done: Literal[True]
    config: ShapeConfig
    seed: int
    device: str
    device_name: str
    dtype: str
    weights: str  # as in BuildRequest
    seconds: float
    unique_total: int
    weight_bytes: int
    memory_before: int
    memory_after: int
    reused: bool  # the model was there already
    closed_form: int
    per_module_total: int
    tying_correction: int
    agrees: bool
    table: str


class Distribution(TypedDict):
    """The likeliest next tokens of one step, before and after temperature; entropies in nats."""

    ids: list[int]
    labels: list[str]
    before: list[float]
    after: list[float]
    entropy_before: float
    entropy_after: float
    entropy_maximum: float
    temperature: float


class _Progress(_Event):
    """How far a text is."""

    done: bool
    n_tokens: int
    stop_reason: str | None
    tokens_per_second: float
    block_size: int
    device: str
    dtype: str


class GenerateEvent(_Progress):
    """A continuation so far."""

    stage: Literal["generate"]
    text: str
    tokens: list[int]
    repeat_share: float
    start_token: str | None  # what stands for an empty prompt
    probability: float
    distribution: NotRequired[Distribution]  # the page has a chart of its own for it


class CompareEvent(_Progress):
    """The same prompt and noise at several temperatures, so far."""

    stage: Literal["compare"]
    texts: list[str]
    rows: list[list[int]]  # the tokens of each
    temperatures: list[float]
    entropies: list[float]
    repeat_shares: list[float]


class LabEvent(_Event):
    """A lab has the model and is at work."""

    stage: Literal["lab"]


class LabResultEvent(_Event):
    """What a lab has found, with the model it was found on."""

    stage: Literal["lab_result"]
    done: Literal[True]
    seed: int
    dtype: str
    weights: str
    config: ShapeConfig
    result: LabResult


class ErrorEvent(TypedDict):
    """An expected failure; the sentence is made from it in the visitor's language."""

    stage: Literal["error"]
    error: ErrorData


# What a job tells while all is well.
Update: TypeAlias = (
    WaitEvent
    | BuildEvent
    | CountEvent
    | BuiltEvent
    | GenerateEvent
    | CompareEvent
    | LabEvent
    | LabResultEvent
    | TrainEvent
    | ScoreEvent
    | ForgottenEvent
)
Event: TypeAlias = Update | ErrorEvent | WeightsEvent
