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


class ForgottenEvent(TypedDict):
    """A visitor's own text is gone, and what was learnt from it."""

    stage: Literal["forgotten"]
    done: Literal[True]
    notice: NotRequired[Notice]
