"""One device for everything, and the error that comes where one tensor is on another."""

from __future__ import annotations

import time

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from gpt2core.config import GPTConfig
from gpt2core.engine.job import Checkpoint
from gpt2core.labs.building import built_in_parts
from gpt2core.model.generation import generate
from gpt2core.model.gpt import GPT
from gpt2core.runtime.device import device_name, free_bytes, offered_dtypes, torch_dtype
from gpt2core.serving.messages.lab_results import DevicesResult, DeviceTiming

BROKEN = "positions = torch.arange(T)"
MENDED = "positions = torch.arange(T, device=idx.device)"
TOKENS = 16  # decoded to be timed


def devices(model: GPT, checkpoint: Checkpoint = lambda: None) -> DevicesResult:
    """Where each tensor is, PyTorch's own error when the positions are elsewhere, and what each device here
    takes to build and decode this model's shape."""
    where: dict[str, int] = {}
    for p in model.parameters():
        where[str(p.device)] = where.get(str(p.device), 0) + p.numel()
    real = torch.cuda.is_available()
    return {
        "lab": "devices", "tensors": where, "real_gpu": real, "broken": BROKEN, "mended": MENDED,
        "error": on_two_devices(model, mend=False), "after": on_two_devices(model, mend=True),
        "times": [
            times(model.config, name, model.wte.weight.dtype, checkpoint)
            for name in (["cuda", "cpu"] if real else ["cpu"])
        ],
    }  # fmt: skip


def on_two_devices(model: GPT, *, mend: bool) -> str:
    """The error of embedding tokens that are on a GPU with positions that torch.arange makes, '' if none.

    Without a GPU the tensors are fake: FakeTensorMode gives shapes and devices without memory, and raises
    what PyTorch would raise.
    """
    if torch.cuda.is_available():
        return _embed(model.wte.weight.cuda(), model.wpe.weight.cuda(), "cuda", mend=mend)
    c = model.config
    with FakeTensorMode():
        wte, wpe = (torch.empty(n, c.n_embd, device="cuda") for n in (c.vocab_size, c.block_size))
        return _embed(wte, wpe, "cuda", mend=mend)


@torch.inference_mode()
def _embed(wte: Tensor, wpe: Tensor, device: str, *, mend: bool) -> str:
    idx = torch.zeros(1, min(4, wpe.size(0)), dtype=torch.long, device=device)
    positions = torch.arange(idx.size(1), device=idx.device if mend else "cpu")
    try:
        torch.nn.functional.embedding(idx, wte) + torch.nn.functional.embedding(positions, wpe)
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return ""


def times(
    config: GPTConfig,
    device: str,
    dtype: torch.dtype = torch.float32,
    checkpoint: Checkpoint = lambda: None,
) -> DeviceTiming:
    """Seconds to build `config` on `device`, tokens/s after that, and the device's free memory before and
    with the model: in `dtype`, or in float32 where the device is slow with that."""
    target = torch.device(device)
    before = free_bytes(target)
    if dtype not in map(torch_dtype, offered_dtypes(target)):
        dtype = torch.float32
    built = built_in_parts(config, 0, device, dtype, checkpoint)
    after = free_bytes(target)
    list(generate(built.model, [0], 1))  # a first step loads what later ones find
    checkpoint()
    start = time.perf_counter()
    decoded = sum(1 for _ in generate(built.model, [0], min(TOKENS, config.block_size)))
    return {
        "device": device_name(target), "dtype": built.report.dtype, "build_seconds": built.report.seconds,
        "tokens_per_second": decoded / (time.perf_counter() - start),
        "weight_bytes": built.report.weight_bytes, "free_before": before, "free_after": after,
    }  # fmt: skip
