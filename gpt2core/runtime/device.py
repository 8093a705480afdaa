"""Which device computes, what it is called, and how much memory is free on it."""

from __future__ import annotations

import ctypes
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil
import torch

# Held while a CUDA graph is captured, and by whoever hands memory back to the device or waits for all of
# it: during a capture neither is allowed.
# https://docs.nvidia.com/cuda/cuda-c-programming-guide/#prohibited-and-unhandled-operations
capturing = threading.Lock()


def pick_device(requested: str | None = None) -> torch.device:
    """The device asked for, else the first CUDA GPU, else the CPU."""
    return torch.device(requested or ("cuda" if torch.cuda.is_available() else "cpu"))


@cache
def device_name(device: torch.device) -> str:
    """What a person would call it: 'NVIDIA H100 80GB HBM3', or 'CPU (2 cores)'."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU ({usable_cores()} × {_processor()})"


def usable_cores() -> int:
    """Cores this process may run on, which on a shared host are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def all_cores() -> Iterator[None]:
    """For what is to be timed in a thread that otherwise keeps to one core (see `service.use_one_core`)."""
    before = torch.get_num_threads()
    torch.set_num_threads(usable_cores())
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return name.partition(" @")[0] or "CPU"


def trim_heap() -> None:
    """Hands the system what glibc's heap keeps of models that are gone."""
    with suppress(OSError, AttributeError):  # no glibc
        ctypes.CDLL(None).malloc_trim(0)


def free_bytes(device: torch.device) -> int:
    """Bytes that can still be taken on `device`.

    On the CPU the smaller of what the machine has available and what this process's cgroup
    leaves: in a container the host's figure means nothing. What torch's CUDA allocator holds
    but does not use counts as free.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return min([psutil.virtual_memory().available, *_cgroup_free()])


def _cgroup_free(root: Path = Path("/sys/fs/cgroup")) -> list[int]:
    """What the memory limit leaves, for cgroup v2 and v1; empty where none is set.

    The page cache counts as used there but gives way, so it is free to us.
    """
    pairs = (("memory.max", "memory.current"),
             ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))  # fmt: skip
    found = []
    for limit_file, used_file in pairs:
        try:
            limit = (root / limit_file).read_text().strip()
            used = int((root / used_file).read_text())
            stat = (root / used_file).with_name("memory.stat").read_text()
        except (OSError, ValueError):
            continue
        cached = sum(int(n) for key, n in map(str.split, stat.splitlines()) if key == "inactive_file")
        if limit != "max":
            found.append(int(limit) - used + cached)
    return found


def used_bytes(device: torch.device) -> int:
    """Bytes in use: by tensors on a GPU, by the whole process on the CPU."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return int(psutil.Process().memory_info().rss)
