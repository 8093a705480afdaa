"""Visitors who come and go as they like."""

from __future__ import annotations

import threading
import time

import torch
from submitting import code_of, ended, speak

from gpt2core.engine.job import Job
from gpt2core.engine.scheduler import Scheduler
from gpt2core.serving.messages import Visitor


def visit_at_random(s: Scheduler, n_visits: int, seed: int = 1) -> None:
    """Threads that submit and cancel: nothing is lost, and nothing is left behind."""
    draw = torch.Generator().manual_seed(seed)
    numbers = torch.randint(1000, (n_visits, 3), generator=draw).tolist()
    seen: list[Job] = []

    def visit(n: int, seed: int, wait: int) -> None:
        job = s.submit(speak(seed=seed % 4, max_new_tokens=5 + n % 30), [1 + n % 50], Visitor(str(n)))
        if wait % 3 == 0:
            time.sleep(wait / 1e5)  # what differs is when they go
            s.cancel(job)
        seen.append(ended(job))

    threads = [threading.Thread(target=visit, args=each) for each in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(seen) == n_visits
    assert all(code_of(job) in (None, "replaced") for job in seen)
    assert s.queue.n_jobs == 0
    assert not any(loaded.batch.runner.caches for loaded in s.pool)
