"""What is told of a run of training."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from gpt2core.serving.messages.fields import Notice, ShapeConfig


class Series(TypedDict):
    """A curve: `values` in nats a token after so many steps, tokens, and seconds of computing."""

    steps: list[int]
    tokens: list[int]
    seconds: list[float]
    values: list[float]


class TrainEvent(TypedDict):
    """A run so far. Losses are in nats a token; None where there is none yet, or cannot be one."""

    stage: Literal["train"]
    done: bool
    notice: NotRequired[Notice]
    run: str  # its name
    weights: str | None  # the name of what was learnt up to the newest point that is kept
    source: str
    step: int
    steps: int
    tokens_seen: int
    seconds: float  # of computing, evaluations included
    tokens_per_second: float
    batch_size: int
    learning_rate: float
    loss: float | None
    validation_loss: float | None
    perplexity: float | None
    bits_per_byte: float | None
    start_loss: float  # that theory predicts before the first step
    floor: float | None  # nats a token that no model can go below
    floor_bits_per_byte: float | None
    accuracy: float | None  # of answers on unseen cases
    sample: str
    sample_prompt: str
    training: Series
    validation: Series
    config: ShapeConfig
    seed: int
    dtype: str
    device: str


class ScoreEvent(TypedDict):
    """How well a model predicts a text. Its first token is read and not predicted: it and its bytes count
    nowhere but in `pieces`."""

    stage: Literal["score"]
    done: Literal[True]
    notice: NotRequired[Notice]
    bits_per_byte: float
    perplexity: float | None  # None where it is more than a number holds
    accuracy: float  # share of the tokens that the model held for the likeliest
    loss: float  # nats a token
    n_tokens: int
    pieces: list[str]  # of text, a token each; '' where one ends within a character
    surprisals: list[float]  # nats; of each token but the first
    weights: str
    device: str
    dtype: str


class WeightsEvent(TypedDict):
    """What a run has learnt, as the contents of a .safetensors file."""

    stage: Literal["weights"]
    done: Literal[True]
    notice: NotRequired[Notice]
    data: bytes


class ForgottenEvent(TypedDict):
    """A visitor's own text is gone, and what was learnt from it."""

    stage: Literal["forgotten"]
    done: Literal[True]
    notice: NotRequired[Notice]
