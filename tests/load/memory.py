"""Is the estimate of a job's memory right, and does memory come back?

.venv/bin/python tests/load/memory.py estimate '{"n_layer": 12}'    one shape, in a process of its own
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from gpt2core.engine.scheduler import Scheduler

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

from number_formats import OFFERED

MB = 1e6
ALLOWED_OVER = (0.25, 32 * MB)  # the larger of the two


def random_shape(draw: random.Random) -> dict[str, Any]:
    n_head = draw.choice((1, 2, 4, 8, 12))
    return {
        "n_layer": draw.randint(1, 16), "n_head": n_head, "n_embd": n_head * draw.randint(8, 768 // n_head),
        "block_size": draw.choice((64, 256, 1024, 2048)), "bias": draw.random() < 0.8,
        "vocab_size": draw.choice((50257, 50257, 80_000)), "tie_weights": draw.random() < 0.7,
        "prompt": "word " * draw.choice((1, 10, 50)), "max_new_tokens": draw.choice((5, 100)),
        "dtype": draw.choice(OFFERED),
    }  # fmt: skip


def measure(values: dict[str, Any]) -> tuple[int, int]:
    """(estimate, measured peak) in bytes of one job, packed copies included, in this warm process."""
    from gpt2core.counting.footprint import packed_bytes
    from gpt2core.engine.memory import need_bytes
    from gpt2core.engine.sequence import Sequence
    from gpt2core.model.tokenizer import prompt_ids
    from gpt2core.serving import service
    from gpt2core.serving.messages import GenerateRequest
    from gpt2core.serving.warm_up import warm_up

    warm_up()
    request = GenerateRequest.parse({"top_p": 0.9} | values)
    sequence = Sequence(prompt_ids(request.prompt, request.config), request.options, request.config)
    n_bytes = request.model.dtype_bytes
    estimate = need_bytes(request.config, sequence, n_bytes) + packed_bytes(request.config, n_bytes)
    process, peak, done = psutil.Process(), 0, threading.Event()
    gc.collect()
    before = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    for _ in service.run(request):
        pass
    loaded = service.scheduler().pool.get(request.model)
    assert loaded is not None
    time.sleep(0.02)
    done.set()
    watching.join()
    return estimate, peak - before


def estimates(n: int, seed: int = 0) -> list[tuple[dict[str, Any], int, int]]:
    """Shape, estimate and measured peak for `n` random shapes, each in a fresh process."""
    draw, found = random.Random(seed), []
    for _ in range(n):
        shape = random_shape(draw)
        command = [sys.executable, __file__, "estimate", json.dumps(shape)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found.append((shape, *json.loads(printed.splitlines()[-1])))
    return found


def misjudged(found: list[tuple[dict[str, Any], int, int]]) -> list[str]:
    share, fixed = ALLOWED_OVER
    return [
        f"{shape}: estimated {estimate / MB:.0f} MB, took {peak / MB:.0f} MB"
        for shape, estimate, peak in found
        if not peak <= estimate <= peak + max(share * peak, fixed)
    ]


def _drop_all(scheduler: Scheduler) -> None:
    """Empties the pool, which is the scheduler's thread's as well."""
    with scheduler._changed:
        for loaded in scheduler.pool:
            scheduler.pool.drop(loaded)


_SAMPLES = 10  # what the allocator happens to hold goes up and down by tens of MB


def builds_and_drops(n: int, seed: int = 0, *, leak: bool = False) -> dict[str, float]:
    """Growth over the second half of `n` jobs of varied shapes through a pool that holds few of them."""
    from gpt2core.config import GPTConfig, SamplingOptions
    from gpt2core.engine.scheduler import Scheduler
    from gpt2core.runtime import heap
    from gpt2core.serving.messages import BuildRequest, GenerateRequest

    draw, process = random.Random(seed), psutil.Process()
    scheduler, kept = Scheduler(limit_bytes=int(200 * MB), device="cpu"), []
    marks = []
    for k in range(n):
        width = 8 * draw.randint(2, 48)
        config = GPTConfig(draw.randint(1, 6), 8, width, 128, draw.choice((1000, 5000, 20_000)))
        request = GenerateRequest(BuildRequest(config, k), "", SamplingOptions(max_new_tokens=3))
        job = scheduler.submit(request, [1, 2])
        job.ended.wait(60)
        assert job.error is None, job.error
        if leak and job.built:
            kept.append(job.built)
        del job
        if n // 2 - _SAMPLES < k <= n // 2 or k >= n - _SAMPLES:
            _drop_all(scheduler)
            gc.collect()
            heap.trim()  # as before the next build
            marks.append((process.memory_info().rss, process.num_threads(), process.num_fds()))
    scheduler.close(1)
    middle, end = (zip(*half, strict=True) for half in (marks[:_SAMPLES], marks[_SAMPLES:]))
    rss, threads, files = (
        statistics.median(then) - statistics.median(before)
        for before, then in zip(middle, end, strict=True)
    )
    return {"growth_mb": rss / MB, "threads": threads, "files": files}


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[2]))))
