"""Scoring a text as the engine does it, and what is told of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gpt2core.counting.footprint import WORKSPACE_BYTES
from gpt2core.engine.job import Checkpoint
from gpt2core.model.built import BuildReport, BuiltModel
from gpt2core.serving.messages import ScoreEvent, ScoreRequest
from gpt2core.training.score import Score, score_bytes, score_in_steps


@dataclass(frozen=True)
class ScoreWork:
    """See engine/job.py, `Work`."""

    request: ScoreRequest

    @property
    def n_bytes(self) -> int:
        n_tokens = len(self.request.text.encode())  # no token has less than a byte
        return WORKSPACE_BYTES + score_bytes(self.request.config, n_tokens, self.request.model.dtype_bytes)

    def __call__(self, built: BuiltModel, checkpoint: Checkpoint) -> Score:
        """Raises ConfigError and Cancelled."""
        steps = score_in_steps(built.model, self.request.text, checkpoint)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                score: Score = done.value
                return score


def score_event(score: Score, weights: str, report: BuildReport) -> ScoreEvent:
    return {
        "stage": "score", "done": True, "bits_per_byte": score.bits_per_byte,
        "perplexity": score.perplexity if math.isfinite(score.perplexity) else None,
        "accuracy": score.accuracy, "loss": score.loss, "n_tokens": len(score.tokens),
        "pieces": list(score.pieces), "surprisals": [round(nats, 4) for nats in score.surprisals],
        "weights": weights, "device": report.device_name, "dtype": report.dtype,
    }  # fmt: skip
