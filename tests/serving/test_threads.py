"""How many threads compute: OpenMP puts all of its threads to sleep between any two matrices where there
are more of them than cores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gpt2core.runtime import heap
from gpt2core.runtime.settings import TORCH_ENVIRONMENT

_SESSION = """
import os, threading, time
from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.runtime.device import usable_cores
from gpt2core.serving import service
from gpt2core.serving.messages import BuildRequest, GenerateRequest, LabRequest
from gpt2core.serving.warm_up import warm_up

before = len(os.listdir("/proc/self/task")) - threading.active_count()
mine = service.scheduler(keep_warm=True)
warm_up()
while mine.arena.n_bytes < 2**26:  # it touches ahead
    time.sleep(0.1)
model = BuildRequest(GPTConfig(2, 4, 512, 128, 20_000), 1)
for request in (model, LabRequest(model, "trace"), GenerateRequest(model, "a", SamplingOptions())):
    assert [event["stage"] for event in service.run(request)][-1] != "error"
helpers = len(os.listdir("/proc/self/task")) - threading.active_count() - before
assert helpers < usable_cores(), f"{helpers} threads beside the one that decodes"
os._exit(0)
"""


# On one core: as where somebody else keeps the others busy.
_SHARED_CORE = """
import os, time
import torch
from gpt2core.runtime.device import use_cores

weight, row = torch.randn(1024, 1024), torch.randn(1, 1024)

def seconds(cores):
    use_cores(cores)
    torch.nn.functional.linear(row, weight)
    begin = time.perf_counter()
    for _ in range(300):
        torch.nn.functional.linear(row, weight)
    return time.perf_counter() - begin

seconds(2)
for thread in os.listdir("/proc/self/task"):
    os.sched_setaffinity(int(thread), {min(os.sched_getaffinity(0))})
print(min(seconds(2) for _ in range(3)) / min(seconds(1) for _ in range(3)))
"""


def test_two_threads_on_one_core_let_each_other_work() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SHARED_CORE], cwd=Path(__file__).parents[2], timeout=120,
        env=TORCH_ENVIRONMENT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout) < 10, "times as long as one thread"


def test_no_thread_but_the_decoding_one_has_helpers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SESSION], cwd=Path(__file__).parents[2], timeout=120,
        env=heap.ONE_HEAP | heap.LARGE_PAGES | TORCH_ENVIRONMENT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
