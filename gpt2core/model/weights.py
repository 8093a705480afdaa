"""(config, seed, device, dtype) -> a model with random weights, and a report on it.

The model is constructed on the meta device, each tensor's memory is taken once and filled once, in
chunks with a generator of their own, seeded by (seed, tensor name, chunk). So the order does not matter,
threads share the work, and one more layer leaves the other layers' weights as they were.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Generator
from contextlib import closing

import torch
from torch import Tensor, nn

from gpt2core.config import GPTConfig
from gpt2core.counting.footprint import check_memory, run_bytes
from gpt2core.model.built import BuildReport as BuildReport
from gpt2core.model.built import BuiltModel as BuiltModel
from gpt2core.model.built import report_on, trainable
from gpt2core.model.gpt import GPT, init_parameter
from gpt2core.model.meta_model import meta_model
from gpt2core.runtime import pages
from gpt2core.runtime.device import free_bytes, pick_device, usable_cores, used_bytes
from gpt2core.runtime.parallel import shared
from gpt2core.validation import LIMITS, parse_int

DTYPES = (torch.float32, torch.bfloat16, torch.float16, torch.float64)
_LARGE_BYTES = 2**22  # of a tensor: two large pages
_CHUNK = 2**21  # numbers a thread draws at a time: about 10 ms


def build(
    config: GPTConfig,
    seed: int = 0,
    device: str | torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> BuiltModel:
    """Builds `config` with random weights, the same ones for the same arguments.

    `device` None means the GPU if there is one. CPU and GPU draw different numbers from one
    seed. The parameters can be trained; the model is in evaluation mode, which for this one without dropout
    is the same as training. Raises ConfigError for a bad seed and where the model would not fit into the
    memory that is free, ValueError for a `dtype` that cannot hold weights, and what torch raises for a
    device that is not there.
    """
    return trainable(build_in_steps(config, seed, device, dtype))


def build_in_steps(
    config: GPTConfig,
    seed: int = 0,
    device: str | torch.device | None = None,
    dtype: torch.dtype = torch.float32,
    *,
    reserved: bool = False,
    beside_heap: bool = False,
) -> Generator[float, None, BuiltModel]:
    """As `build`, but yields the share of the weights drawn so far, 0 to 1, and leaves the parameters
    frozen (requires_grad=False): the engine's models are shared, and nobody trains them.

    Closing the generator ends the work. `reserved` says that the caller has seen to the memory,
    `beside_heap` that it is to come straight from the system (see runtime/arena.py).
    """
    require_dtype(dtype)
    seed = parse_int("seed", seed)
    target = pick_device(None if device is None else str(device))
    if not reserved:
        require_memory(config, target, dtype=dtype)
    before, start = used_bytes(target), time.perf_counter()

    model = meta_model(config)
    allocate(model, target, dtype, beside_heap=beside_heap)
    yield from _draw(model, seed, target)
    return BuiltModel(model, config, report_on(model.eval(), target, seed, before, start))


@torch.inference_mode(False)  # whoever builds within it still gets tensors that can be filled
def allocate(model: GPT, device: torch.device, dtype: torch.dtype, *, beside_heap: bool) -> None:
    """Gives each parameter memory of its own: whoever saves or keeps one of them keeps nothing else."""
    for name, p in list(model.named_parameters()):  # a tied matrix comes once
        path, _, last = name.rpartition(".")
        if beside_heap and p.numel() * dtype.itemsize >= _LARGE_BYTES:
            memory = pages.zeros(p.shape, dtype, large=True)
        else:
            memory = torch.empty(p.shape, device=device, dtype=dtype)
        setattr(model.get_submodule(path), last, nn.Parameter(memory, requires_grad=False))
    model.tie_weights()  # lm_head still held the one without memory
    assert not model.config.tie_weights or model.lm_head.weight is model.wte.weight


def require_dtype(dtype: torch.dtype) -> None:
    """Raises ValueError for a number format that cannot hold weights."""
    if dtype not in DTYPES:
        names = ", ".join(str(each) for each in DTYPES)
        raise ValueError(f"dtype={dtype} is not allowed: weights are {names}")


def _draw(model: GPT, seed: int, device: torch.device) -> Generator[float, None, None]:
    work = [
        (name, n, chunk)
        for name, p in model.named_parameters()
        for n, chunk in enumerate(torch.split(p.view(-1), _CHUNK))
    ]
    total, own = sum(chunk.numel() for _, _, chunk in work), threading.local()

    def draw(item: tuple[str, int, Tensor]) -> int:
        name, n, chunk = item
        if not hasattr(own, "generator"):
            own.generator = torch.Generator(device)
        generator = own.generator.manual_seed(chunk_seed(seed, name, n))
        if chunk.itemsize >= torch.float32.itemsize:
            init_parameter(name, chunk, model.config, generator)
            return chunk.numel()
        # A smaller format gets float32's numbers, rounded; torch would draw others for some sizes.
        if not hasattr(own, "drawn"):
            own.drawn = torch.empty(_CHUNK, device=device)
        init_parameter(name, own.drawn[: chunk.numel()], model.config, generator)
        chunk.copy_(own.drawn[: chunk.numel()])
        return chunk.numel()

    # normal_ keeps to one core, so the cores share the chunks. A GPU needs no help.
    n_threads, done = 1 if device.type == "cuda" else usable_cores(), 0
    with closing(shared(draw, work, n_threads)) as drawn:
        for n_numbers in drawn:
            done += n_numbers
            yield done / total


def chunk_seed(seed: int, name: str, n: int) -> int:
    """63 bits that depend on all three and on nothing else."""
    digest = hashlib.sha256(f"{seed}:{name}:{n}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def require_memory(
    config: GPTConfig,
    device: torch.device,
    n_tokens: int | None = None,
    *,
    dtype: torch.dtype = torch.float32,
    rows: int = 1,
    already_there: int = 0,
) -> None:
    """Raises ConfigError('memory') where running `config` would not fit, before anything is taken.

    `n_tokens` is how long each of the `rows` may become (None: the context, at most 1024);
    `already_there` is what of the need is allocated already, in bytes.
    """
    n_tokens = n_tokens or min(config.block_size, int(LIMITS["block_size"].default))
    budget = free_bytes(device) + already_there
    check_memory(config, budget, lambda shape: run_bytes(shape, n_tokens, dtype.itemsize, rows))
