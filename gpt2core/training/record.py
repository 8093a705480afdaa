"""What a run of training has shown so far, and what is told of it."""

from __future__ import annotations

import math

import torch

from gpt2core.model.gpt import INIT_STD
from gpt2core.runtime.device import device_name
from gpt2core.serving.messages import TrainEvent, TrainRequest, shape_config
from gpt2core.training.curve import Curve
from gpt2core.training.sources import Source


class Record:
    """Written by whoever computes the run, and read by any thread. Losses are in nats a token."""

    def __init__(self, source: Source, device: torch.device) -> None:
        self._source, self._device = source, device
        self._training, self._validation = Curve(), Curve()
        self.held_out_tokens = 1  # that are predicted
        self.step = self.tokens_seen = 0
        self.seconds = 0.0  # of computing
        self.loss: float | None = None
        self.validation_loss: float | None = None
        self.accuracy: float | None = None
        self.sample = ""
        self.weights: str | None = None  # the name of what is kept
        self.done = False

    def advance(self, step: int, tokens_seen: int, loss: float) -> None:
        """A step is done, before which the loss on its batch was `loss`."""
        self._training.add(step, tokens_seen, self.seconds, loss)
        self.step, self.tokens_seen, self.loss = step, tokens_seen, loss

    def evaluated(self, loss: float) -> None:
        """The loss on the held-out text after the last step."""
        self._validation.add(self.step, self.tokens_seen, self.seconds, loss)
        self.validation_loss = loss

    def load(self, event: TrainEvent) -> None:
        """Goes on from what `event` has told."""
        self._training.load(event["training"], event["step"])
        self._validation.load(event["validation"], len(event["validation"]["steps"]))
        self.step, self.tokens_seen, self.seconds = event["step"], event["tokens_seen"], event["seconds"]
        self.loss, self.validation_loss = event["loss"], event["validation_loss"]
        self.accuracy, self.sample, self.weights = event["accuracy"], event["sample"], event["weights"]

    def event(self, request: TrainRequest) -> TrainEvent:
        """All that is to be told of the run of `request`."""
        config, source, loss = request.config, self._source, self.validation_loss
        bytes_per_token = source.validation_bytes / self.held_out_tokens
        return {
            "stage": "train", "done": self.done, "run": request.name, "weights": self.weights,
            "source": request.source, "step": self.step, "steps": request.steps,
            "tokens_seen": self.tokens_seen, "seconds": round(self.seconds, 3),
            "tokens_per_second": self.tokens_seen / max(1e-9, self.seconds),
            "batch_size": request.batch_size, "learning_rate": request.learning_rate,
            "loss": self.loss, "validation_loss": loss,
            "perplexity": None if loss is None else math.exp(min(loss, _LARGEST)),
            "bits_per_byte": None if loss is None else loss / bytes_per_token / math.log(2),
            "start_loss": start_loss(config.vocab_size, config.n_embd),
            "floor": None if source.floor is None else source.floor * bytes_per_token,
            "floor_bits_per_byte": None if source.floor is None else source.floor / math.log(2),
            "accuracy": self.accuracy, "sample": self.sample, "sample_prompt": source.prompt,
            "training": self._training.series(), "validation": self._validation.series(),
            "config": shape_config(config), "seed": request.model.seed, "dtype": request.model.dtype,
            "device": device_name(self._device),
        }  # fmt: skip


_LARGEST = 700.0  # whose exponential is a number


def start_loss(vocab_size: int, n_embd: int) -> float:
    """The loss to expect before the first step, in nats a token: where logits are N(0, sigma^2) the
    expected cross-entropy is ln V + sigma^2 / 2. After ln_f a row has the norm sqrt(E), so sigma is
    INIT_STD sqrt(E)."""
    return math.log(vocab_size) + INIT_STD**2 * n_embd / 2
