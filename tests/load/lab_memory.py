"""Is the estimate of what a lab takes right? Each lab in a process of its own.

.venv/bin/python tests/load/lab_memory.py gradients '{"n_layer": 12}'
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))


def measure(lab: str, values: dict[str, Any]) -> tuple[int, int]:
    """(estimate, measured peak) in bytes of one lab on a model that is there already."""
    from gpt2core import build
    from gpt2core.labs.registry import LabWork
    from gpt2core.runtime.device import torch_dtype
    from gpt2core.serving import service
    from gpt2core.serving.messages import LabRequest

    service.use_one_core()
    # What torch loads for a lab it loads once: a small model's turn comes first.
    small = {"n_layer": 1, "n_head": 1, "n_embd": 64, "dtype": values.get("dtype", "float32")}
    for shape in (small, values):
        request = LabRequest.parse(shape | {"lab": lab})
        built = build(request.config, device="cpu", dtype=torch_dtype(request.model.dtype))
        gc.collect()
        before = peak = psutil.Process().memory_info().rss
        done = threading.Event()

        def watch(done: threading.Event = done) -> None:
            nonlocal peak
            while not done.wait(0.001):
                peak = max(peak, psutil.Process().memory_info().rss)

        watching = threading.Thread(target=watch)
        watching.start()
        work = LabWork(request)
        work(built, lambda: None)
        done.set()
        watching.join()
    return work.n_bytes, peak - before


def estimate_and_peak(lab: str, values: dict[str, Any]) -> tuple[int, int]:
    """The same, in a fresh process."""
    command = [sys.executable, __file__, lab, json.dumps(values)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    estimate, peak = json.loads(printed.splitlines()[-1])
    return estimate, peak


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], json.loads(sys.argv[2]))))
