"""Which device computes, what it is called, and how much memory is free on it."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil
import torch

from gpt2core.runtime import heap
from gpt2core.runtime.host_memory import free_host_bytes
from gpt2core.runtime.settings import SETTINGS

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


def torch_dtype(name: str) -> torch.dtype:
    """torch's own number format of a name in config.DTYPE_BYTES."""
    found: torch.dtype = getattr(torch, name)
    return found


def offered_dtypes(device: torch.device) -> tuple[str, ...]:
    """The number formats to offer on `device`, first the one to begin with."""
    return dtypes_of(device.type, has_bf16_kernels(device))


def dtypes_of(device_type: str, has_bf16: bool) -> tuple[str, ...]:
    """As `offered_dtypes`, of a device that has instructions for bfloat16 or has none."""
    if not has_bf16:
        return ("float32",)
    return ("bfloat16", "float32") if device_type == "cuda" else ("float32", "bfloat16")


@cache
def has_bf16_kernels(device: torch.device) -> bool:
    """Whether `device` has instructions for bfloat16. Without them torch and oneDNN compute in it all the
    same, by way of float32, and slower than in that."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # None of these is public: a torch that lacks one offers less.
    asked = [
        getattr(torch.cpu, name, lambda: False)()
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    ]
    return any(asked) and bool(getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)())


def usable_cores() -> int:
    """Cores this process may run on, which on a shared host are fewer than the machine has, and no more
    than the settings say."""
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(mine, SETTINGS.max_cores)


def use_cores(n: int) -> None:
    """How many threads torch uses for what the calling thread computes.

    torch keeps the number by thread, but the first thing that a thread computes sets it to what any thread
    has asked for last (`lazy_init_num_threads` in its ParallelOpenMP.cpp): so that comes first.
    """
    torch.get_num_threads()
    torch.set_num_threads(n)


@contextmanager
def all_cores() -> Iterator[None]:
    """For what is to be timed in a thread that otherwise keeps to one core (see `service.use_one_core`)."""
    before = torch.get_num_threads()
    use_cores(usable_cores())
    try:
        yield
    finally:
        use_cores(before)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return name.partition(" @")[0] or "CPU"


def free_bytes(device: torch.device) -> int:
    """Bytes that can still be taken on `device`.

    What torch's CUDA allocator holds but does not use counts as free.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free_host_bytes()


def taken_bytes(device: torch.device) -> int:
    """Bytes taken: by tensors on a GPU, by the whole process on the CPU."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return int(psutil.Process().memory_info().rss)


def used_bytes(device: torch.device) -> int:
    """The same without what the process keeps free for the next tensors."""
    return taken_bytes(device) - (heap.unused_bytes() if device.type == "cpu" else 0)
