"""Requests for a scheduler, and waiting for what becomes of them."""

from conftest import TINY

from gpt2core import GPTConfig
from gpt2core.config import SamplingOptions
from gpt2core.serving.messages import BuildRequest, GenerateRequest

WIDE = GPTConfig(2, 2, 64, 4096, 300)


def speak(config=TINY, seed=0, **sampling):
    return GenerateRequest(
        BuildRequest(config, seed), "", SamplingOptions(**{"max_new_tokens": 20} | sampling)
    )


def ended(job, seconds=30):
    assert job.ended.wait(seconds), "the job did not end"
    return job
