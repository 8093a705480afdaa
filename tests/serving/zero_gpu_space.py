"""Runs app.py as a ZeroGPU Space does, with the real package `spaces`, on a machine without a GPU.

What `spaces` looks for in torch's CUDA build as it is imported is there by name alone, and the first touch
of the GPU in the process forked for a job is left out. The job then computes on what torch finds: the CPU.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import torch


def untouched(*args: object, **more: object) -> None:
    pass


if torch.version.cuda is None:
    torch.version.cuda = "13.0"
    torch._C._cuda_init = torch.cuda._is_in_bad_fork = untouched

import spaces.zero.torch

spaces.zero.torch.init = spaces.zero.torch.move = untouched
APP = Path(__file__).parents[2] / "app.py"
sys.path.insert(0, str(APP.parent))
runpy.run_path(str(APP), run_name="__main__")
