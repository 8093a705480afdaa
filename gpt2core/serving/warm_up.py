"""What the first job needs is loaded before somebody asks for it."""

from __future__ import annotations

from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.runtime.device import offered_dtypes
from gpt2core.serving import service
from gpt2core.serving.messages import BuildRequest, GenerateRequest

_JOB_ID = 0  # of jobs that nobody asked for


def warm_up() -> None:
    """Builds a small model and lets it generate, so that the first visitor does not wait for what that
    loads. On a GPU it is most for a matrix as wide as those to come, and other kernels for each number
    format."""
    service.use_one_core()
    device = service.scheduler().device
    on_gpu = device.type == "cuda"
    config = GPTConfig(1, 12, 768, 64, 64) if on_gpu else GPTConfig(1, 1, 8, 8, 8)
    for dtype in offered_dtypes(device) if on_gpu else offered_dtypes(device)[:1]:
        build = BuildRequest(config, 0, dtype=dtype)
        for request in (GenerateRequest(build, "", SamplingOptions(max_new_tokens=3)), build):
            for _ in service.run(request, job_id=_JOB_ID):
                pass
