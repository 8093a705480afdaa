"""Kernels of our own for decoding on an NVIDIA GPU: compiles and launches those of kernels/*.cu.

What this needs comes with torch's CUDA builds: NVRTC, and NVIDIA's own bindings to it and to the driver.
"""

from __future__ import annotations

import ctypes
import logging
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)
_SOURCES = ("common.cu", "linear.cu", "attention.cu", "sampling.cu")
MAX_ROWS = 4  # that share a product; for more torch's own are faster
NAMES = (
    "embed", "norm_linear_1", "norm_linear_2", "norm_linear_4", "linear_residual_2",
    "attend_float", "attend_weight", "choose_among_share", "choose",
)  # fmt: skip
_OVERLAPS = (9, 0)  # compute capability from which a kernel may begin while the one before it ends
_DECLARED_BYTES = 4096  # of shared memory, at most, by the kernels themselves
_C_TYPES = {int: ctypes.c_int, float: ctypes.c_float}


class CUDAKernels:
    """The kernels for weights of `dtype` on `device`. Raises RuntimeError where they cannot be compiled or
    loaded, ImportError where torch came without what that takes."""

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        from cuda.bindings import driver, nvrtc

        torch.zeros(1, device=device)  # modules are loaded into the context that torch has made by then
        properties: Any = torch.cuda.get_device_properties(device)  # its types lack some
        capability = properties.major, properties.minor
        self._driver, self._overlaps = driver, capability >= _OVERLAPS
        self.shared_bytes = properties.shared_memory_per_block_optin - _DECLARED_BYTES
        options = [
            f"--gpu-architecture=sm_{properties.major}{properties.minor}",
            f"-DWEIGHT_IS_BFLOAT16={int(dtype is torch.bfloat16)}",
            f"-DMAX_ROWS={MAX_ROWS}",
        ]
        program = _checked(nvrtc.nvrtcCreateProgram(source().encode(), b"kernels.cu", 0, None, None))
        _checked(nvrtc.nvrtcCompileProgram(program, len(options), [o.encode() for o in options]))
        code = bytes(_checked(nvrtc.nvrtcGetCUBINSize(program)))
        _checked(nvrtc.nvrtcGetCUBIN(program, code))
        self._module = _checked(driver.cuModuleLoadData(code))
        self._functions = {
            name: _checked(driver.cuModuleGetFunction(self._module, name.encode())) for name in NAMES
        }
        most = driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
        for name, function in self._functions.items():
            if name.startswith(("norm_linear", "attend")):
                _checked(driver.cuFuncSetAttribute(function, most, self.shared_bytes))

    def launch(
        self, name: str, grid: tuple[int, int], threads: int, *arguments: Tensor | int | float,
        shared_bytes: int = 0,
    ) -> None:  # fmt: skip
        """On the current stream: a grid of blocks of so many threads, each with so much memory to share."""
        config = self._driver.CUlaunchConfig()
        config.gridDimX, config.gridDimY, config.gridDimZ = *grid, 1
        config.blockDimX, config.blockDimY, config.blockDimZ = threads, 1, 1
        config.sharedMemBytes, config.hStream = shared_bytes, torch.cuda.current_stream().cuda_stream
        if self._overlaps:
            overlap = self._driver.CUlaunchAttribute()
            ids = self._driver.CUlaunchAttributeID
            overlap.id = ids.CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION
            overlap.value.programmaticStreamSerializationAllowed = 1
            config.attrs, config.numAttrs = [overlap], 1
        values = tuple(a.data_ptr() if isinstance(a, Tensor) else a for a in arguments)
        types = tuple(_C_TYPES.get(type(a), ctypes.c_void_p) for a in arguments)
        _checked(self._driver.cuLaunchKernelEx(config, self._functions[name], (values, types), 0))


def source() -> str:
    folder = Path(__file__).with_name("kernels")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in _SOURCES)


def _checked(result: tuple[Any, ...]) -> Any:
    """What a call of NVIDIA's bindings gives behind its status. Raises RuntimeError for a bad one."""
    status, *found = result
    if status.value:
        raise RuntimeError(f"{type(status).__name__}: {status.name}")
    return found[0] if found else None


@cache
def kernels_for(device: torch.device, dtype: torch.dtype) -> CUDAKernels | None:
    """None where there are none: torch's own then do everything."""
    if device.type != "cuda" or dtype not in (torch.float32, torch.bfloat16) or torch.version.hip:
        return None
    try:
        return CUDAKernels(device, dtype)
    except (ImportError, RuntimeError, OSError, AttributeError) as missing:
        log.warning("decoding without kernels of our own: %s", missing)
        return None
