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


def test_no_thread_but_the_decoding_one_has_helpers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SESSION], cwd=Path(__file__).parents[2], timeout=120,
        env=heap.ONE_HEAP | heap.LARGE_PAGES | TORCH_ENVIRONMENT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
