"""Requests for a scheduler, waiting for what becomes of them, and its clock."""

from __future__ import annotations

from typing import Any

from shapes import TINY

from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.engine.job import Job
from gpt2core.engine.sequence import Sequence
from gpt2core.model.generation import generate
from gpt2core.model.weights import build
from gpt2core.serving.messages import BuildRequest, GenerateRequest


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def speak(config: GPTConfig = TINY, seed: int = 0, **sampling: Any) -> GenerateRequest:
    options = SamplingOptions(**{"max_new_tokens": 20} | sampling)
    return GenerateRequest(BuildRequest(config, seed), "", options)


def ended(job: Job, seconds: float = 30) -> Job:
    assert job.ended.wait(seconds), "the job did not end"
    return job


def code_of(job: Job) -> str | None:
    """Why a job has ended, None where all went well."""
    return job.error.code if job.error else None


def sequence_of(job: Job) -> Sequence:
    assert job.sequence is not None
    return job.sequence


def alone(request: GenerateRequest, ids: list[int]) -> list[int]:
    """The tokens that a request gets where there is no other."""
    o = request.sampling
    model = build(request.config, seed=request.model.seed, device="cpu").model
    steps = generate(model, ids, o.max_new_tokens, o.temperature, o.top_k, o.top_p, o.seed)
    return [step.token_id for step in steps]
