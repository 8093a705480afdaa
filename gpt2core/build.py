"""(config, seed, device, dtype) -> a model with random weights, and a report on it.

The model is constructed on the meta device, its memory is taken once, and each tensor is then
filled once from a generator of its own, seeded by (seed, tensor name). So the order does not
matter, threads share the work, and one more layer leaves the other layers' weights as they were.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch

from gpt2core.config import LIMITS, ConfigError, GPTConfig, parse_int
from gpt2core.costs import largest_n_layer, run_bytes
from gpt2core.device import device_name, free_bytes, pick_device, usable_cores, used_bytes
from gpt2core.model import GPT, init_parameter


@dataclass(frozen=True)
class BuildReport:
    """What was built, where, and what it took. Bytes and seconds are measured."""

    seed: int
    device: str
    device_name: str
    dtype: str
    seconds: float
    unique_total: int
    weight_bytes: int
    memory_before: int
    memory_after: int


@dataclass(frozen=True)
class BuiltModel:
    model: GPT
    config: GPTConfig
    report: BuildReport


def build(
    config: GPTConfig,
    seed: int = 0,
    device: str | torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> BuiltModel:
    """Builds `config` with random weights, the same ones for the same arguments.

    `device` None means the GPU if there is one. CPU and GPU draw different numbers from one
    seed. Raises ConfigError where the model would not fit into the memory that is free.
    """
    steps = build_in_steps(config, seed, device, dtype)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            built: BuiltModel = done.value
            return built


def build_in_steps(
    config: GPTConfig,
    seed: int = 0,
    device: str | torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> Generator[float, None, BuiltModel]:
    """As `build`, but yields the share of the weights drawn so far, 0 to 1.

    Closing the generator ends the work.
    """
    seed = parse_int("seed", seed)
    target = pick_device(None if device is None else str(device))
    require_memory(config, target, dtype=dtype)
    before, start = used_bytes(target), time.perf_counter()

    with torch.device("meta"):
        model = GPT(config)
    model = model.to(dtype).to_empty(device=target)
    model.tie_weights()  # to_empty gave each of the two names a tensor of its own
    assert not config.tie_weights or model.lm_head.weight is model.wte.weight
    yield from _fill(model, seed, target)
    model.eval().requires_grad_(False)
    if target.type == "cuda":
        torch.cuda.synchronize(target)

    parameters = list(model.parameters())
    report = BuildReport(
        seed=seed,
        device=str(target),
        device_name=device_name(target),
        dtype=str(dtype).removeprefix("torch."),
        seconds=time.perf_counter() - start,
        unique_total=sum(p.numel() for p in parameters),
        weight_bytes=sum(p.numel() * p.element_size() for p in parameters),
        memory_before=before,
        memory_after=used_bytes(target),
    )
    return BuiltModel(model, config, report)


def _fill(model: GPT, seed: int, device: torch.device) -> Generator[float, None, None]:
    parameters = list(model.named_parameters())
    total = sum(p.numel() for _, p in parameters)

    def fill(named: tuple[str, torch.Tensor]) -> int:
        name, parameter = named
        generator = torch.Generator(device).manual_seed(tensor_seed(seed, name))
        init_parameter(name, parameter, model.config, generator)
        return parameter.numel()

    # normal_ keeps to one core, so the cores share the tensors. A GPU needs no help.
    workers = ThreadPoolExecutor(1 if device.type == "cuda" else usable_cores())
    done = 0
    try:
        for filled in workers.map(fill, parameters):
            done += filled
            yield done / total
    finally:
        workers.shutdown(wait=True, cancel_futures=True)


def tensor_seed(seed: int, name: str) -> int:
    """63 bits that depend on both and on nothing else."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def require_memory(
    config: GPTConfig,
    device: torch.device,
    n_tokens: int | None = None,
    *,
    dtype: torch.dtype = torch.float32,
    already_there: int = 0,
) -> None:
    """Raises ConfigError('memory') where running `config` would not fit, before anything is taken.

    `n_tokens` is how long the sequence may become (None: the context, at most 1024);
    `already_there` is what of the need is allocated already, in bytes.
    """
    n_tokens = n_tokens or min(config.block_size, int(LIMITS["block_size"].default))
    need, free = run_bytes(config, n_tokens, dtype.itemsize), free_bytes(device)
    if need - already_there > free:
        raise ConfigError(
            "memory", "n_layer", config.n_layer, need=need, free=free, n_embd=config.n_embd,
            fits=largest_n_layer(config, free, n_tokens),
        )  # fmt: skip
