"""What is measured beside the peers: which machine it is, how fast it reads memory, and how much of it
others had meanwhile."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import cache

import psutil
import torch
import transformers

from gpt2core.runtime.device import device_name


def name() -> str:
    capability = torch.backends.cpu.get_cpu_capability()
    return (
        f"{device_name(torch.device('cpu'))}, {capability}; PyTorch {torch.__version__.partition('+')[0]}, "
        f"transformers {transformers.__version__}"
    )


@cache
def _numbers() -> torch.Tensor:
    return torch.ones(125_000_000)


def bandwidth() -> float:
    """GB/s: the best of several sums over 500 MB, which all cores share."""
    numbers, best = _numbers(), 0.0
    for _ in range(8):
        start = time.perf_counter()
        numbers.sum()
        best = max(best, numbers.nbytes / (time.perf_counter() - start) / 1e9)
    return best


def cpu_seconds(process: psutil.Process) -> float:
    """What a process has had of the cores until now."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _own() -> float:
    """CPU seconds of this process and all that it has started."""
    me = psutil.Process()
    over = me.cpu_times()  # those of children that have ended, and of theirs
    running = sum(cpu_seconds(process) for process in (me, *me.children(recursive=True)))
    return float(running + over.children_user + over.children_system)


def _all() -> float:
    """CPU seconds that anybody has had, and that the host had for others."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


class Others:
    """How much of the machine others have from now on: on a busy one no figure means anything."""

    def __init__(self) -> None:
        self._begin, self._all, self._own = time.perf_counter(), _all(), _own()

    def share(self) -> float:
        """0 to 1."""
        taken = (_all() - self._all) - (_own() - self._own)
        return max(0.0, taken / (time.perf_counter() - self._begin) / (os.cpu_count() or 1))
