"""Training as a stream of steps, for a program of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from gpt2core.config import GPTConfig
from gpt2core.engine.memory import check_trains
from gpt2core.model.gpt import GPT
from gpt2core.runtime.device import free_bytes, pick_device
from gpt2core.serving.messages import TrainRequest
from gpt2core.training.run import Run, planned
from gpt2core.validation import OWN_TEXT, SOURCES


@dataclass(frozen=True, slots=True)
class TrainStep:
    """After step `n`, counted from 1. Losses and the floor are in nats a token; `validation_loss` is the
    newest there is. Of the last step only: `accuracy`, the share of right answers, where answers are exact,
    and `model`, the one that has been trained."""

    n: int
    loss: float
    validation_loss: float
    floor: float | None
    tokens_seen: int
    accuracy: float | None = None
    model: GPT | None = None


def train(
    config: GPTConfig, source: str, seed: int = 0, *, steps: int = 0, seconds: float = 60.0,
    batch_size: int = 0, learning_rate: float = 0.0, dtype: str = "float32", device: str | None = None,
) -> Iterator[TrainStep]:  # fmt: skip
    """Trains `config` on one of SOURCES, or on a text, for so many `steps`, or for as many as fit into
    `seconds`. 0 for batch size and learning rate means the shape's.

    The same arguments give the same weights on one kind of device; `seconds` are turned into steps by how
    fast this machine is. Raises ConfigError for a value out of range, a text that is too short, or a model
    that would not fit into memory.
    """
    values = {
        **{field: getattr(config, field) for field in GPTConfig.__dataclass_fields__},
        "seed": seed, "dtype": dtype, "steps": steps, "seconds": seconds, "batch_size": batch_size,
        "learning_rate": learning_rate,
        **({"source": source} if source in SOURCES else {"source": OWN_TEXT, "text": source}),
    }  # fmt: skip
    request, target = planned(TrainRequest.parse(values)), pick_device(device)
    check_trains(request, free_bytes(target))
    return _steps(Run(request, target))


_OVER = object()


def _steps(run: Run) -> Iterator[TrainStep]:
    parts, n = run.parts(), 0
    while True:
        # Not around the yield below: whoever steps has a mode of their own.
        with torch.inference_mode(False), torch.enable_grad():
            if next(parts, _OVER) is _OVER:
                break
        record = run.record
        if record.step > n and record.step < run.request.steps:
            n = record.step
            yield _step(run)
    yield _step(run, last=True)


def _step(run: Run, *, last: bool = False) -> TrainStep:
    record, event = run.record, run.event()
    assert record.loss is not None
    assert record.validation_loss is not None
    model = run.built.model if last and run.built else None
    return TrainStep(
        record.step, record.loss, record.validation_loss, event["floor"], record.tokens_seen,
        record.accuracy if last else None, model,
    )  # fmt: skip
