"""One E x 3E product for Q, K and V against three E x E products: equal, and how fast."""

from __future__ import annotations

import statistics
import time

import torch
import torch.nn.functional as F

from gpt2core.engine.job import Checkpoint
from gpt2core.model.gpt import GPT
from gpt2core.serving.messages.lab_results import QKVResult, QKVTiming

_SECONDS = 0.25  # measured for each number of tokens
TOKENS = (1, 16, 256)


@torch.inference_mode()
def qkv(model: GPT, checkpoint: Checkpoint = lambda: None) -> QKVResult:
    """For each number of tokens in TOKENS: seconds (medians, the two ways taking turns) of the first
    block's c_attn as one product and as three, and the largest difference between their outputs."""
    layer, E = model.blocks[0].attn.c_attn, model.config.n_embd
    weight, device = layer.weight, layer.weight.device
    thirds = [
        part.clone() for part in torch.split(weight, E)
    ]  # matrices of their own, as three layers would have
    biases = [None] * 3 if layer.bias is None else list(torch.split(layer.bias, E))
    found: list[QKVTiming] = []
    for n_tokens in TOKENS:
        checkpoint()
        x = torch.randn(n_tokens, E, generator=torch.Generator(device).manual_seed(0), device=device)
        x = x.to(weight.dtype)

        def fused(x: torch.Tensor = x) -> list[torch.Tensor]:
            return list(torch.split(F.linear(x, weight, layer.bias), E, dim=-1))

        def separate(x: torch.Tensor = x) -> list[torch.Tensor]:
            return [F.linear(x, w, b) for w, b in zip(thirds, biases, strict=True)]

        difference = max(float((a - b).abs().max()) for a, b in zip(fused(), separate(), strict=True))
        times: tuple[list[float], list[float]] = ([], [])
        until = time.perf_counter() + _SECONDS
        while time.perf_counter() < until or len(times[0]) < 3:
            for way, taken in zip((fused, separate), times, strict=True):
                start = time.perf_counter()
                way()
                if device.type == "cuda":
                    torch.cuda.current_stream(device).synchronize()
                taken.append(time.perf_counter() - start)
        one, three = (statistics.median(taken) for taken in times)
        found.append({"n_tokens": n_tokens, "fused": one, "separate": three, "difference": difference,
                      "repeats": len(times[0])})  # fmt: skip
    dtype = str(weight.dtype).removeprefix("torch.")
    return {"lab": "qkv", "n_embd": E, "dtype": dtype, "rows": found}
