"""Where nothing is kept, what is gone goes back to the system at once: real memory, in a process of its
own."""

from __future__ import annotations

import subprocess
import sys

from app_process import ROOT

_BEGIN = """
import gc, time
import psutil, torch
from gpt2core import GPTConfig
from gpt2core.engine.job import Job
from gpt2core.engine.scheduler import Scheduler
from gpt2core.serving.messages import BuildRequest, LabRequest

MB = 2**20
del [torch.ones(31 * MB, dtype=torch.uint8)][:]  # from now on glibc takes what is smaller from its heap
SMALL = BuildRequest(GPTConfig(1, 1, 64, 64, 64), 0)
resident = lambda: psutil.Process().memory_info().rss

def soon(met):
    until = time.monotonic() + 20
    while not met():
        assert time.monotonic() < until, f"{resident() / MB:.0f} MB"
        time.sleep(0.05)

class Work:
    n_bytes = 300 * MB
    def __call__(self, built, checkpoint):
        pieces = [torch.ones(4 * MB, dtype=torch.uint8) for _ in range(60)]
        self.most = resident()
        return torch.ones(100_000)  # behind them all: the end of the heap is not free

s = Scheduler(2**30, "cpu")
"""


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", _BEGIN + code], check=True, cwd=ROOT)


def test_what_a_lab_took() -> None:
    run("""
work = Work()
before = resident()
job = s.submit(LabRequest(SMALL, "trace"), work=work)
soon(job.ended.is_set)
assert job.result is not None
assert work.most > before + 230 * MB
soon(lambda: resident() < before + 40 * MB)
s.cancel(job)
s.close(1)
""")


def test_a_model_that_was_dropped_for_somebody_else() -> None:
    run("""
large = BuildRequest(GPTConfig(24, 4, 512, 64, 64), 0)  # 300 MB in tensors of 1 to 4 MB
job = s.submit(large)
soon(job.ended.is_set)
keep = torch.ones(100_000)  # behind it
s.cancel(job)
del job
before = resident()
with s._changed:
    s.pool.evict_for(s.limit_bytes)
    s._changed.notify_all()
soon(lambda: resident() < before - 200 * MB)
s.close(1)
""")


def test_what_a_load_had_taken_that_nobody_waits_for() -> None:
    run("""
large = BuildRequest(GPTConfig(24, 4, 512, 64, 64), 0)  # 300 MB in tensors of 1 to 4 MB
before = resident()
job = s.submit(large)
soon(lambda: job.load_task is not None and job.load_task.progress > 0.5)
keep = torch.ones(100_000)  # behind it
s.cancel(job)
soon(lambda: resident() < before + 40 * MB)
assert not len(s.pool)
s.close(1)
""")


def test_nothing_waits_for_the_garbage_collector() -> None:
    """A full collection comes by and by, and until then what jobs had in a circle is kept: models of jobs
    that had waited for long once made 4 GB beside what was reserved."""
    run("""
import weakref
from gpt2core.config import SamplingOptions
from gpt2core.serving import service
from gpt2core.serving.messages import CompareRequest, GenerateRequest
gc.disable()
options = SamplingOptions(max_new_tokens=5)
mine = service.scheduler()
requests = [
    BuildRequest(GPTConfig(2, 2, 64, 64, 50257), 0),
    GenerateRequest(BuildRequest(GPTConfig(2, 2, 64, 64, 50257), 1), "a", options),
    CompareRequest(BuildRequest(GPTConfig(2, 2, 64, 64, 50257), 2), "a", options),
    LabRequest(BuildRequest(GPTConfig(2, 2, 64, 64, 50257), 3), "trace"),
]
models = []
put = mine.pool.put
def noted(request, loaded):
    models.append(weakref.ref(loaded.built.model))
    put(request, loaded)
mine.pool.put = noted
for request in requests:
    events = list(service.run(request))
    assert events[-1].get("done"), events[-1]
assert len(models) == 4
with mine._changed:
    for loaded in mine.pool:
        assert not loaded.in_use
    assert mine.pool.evict_for(mine.pool.limit_bytes)
    mine._changed.notify_all()
del loaded
soon(lambda: not any(ref() for ref in models))
""")
