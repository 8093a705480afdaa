"""The fastest way each device has to multiply by a model's matrices.

On the CPU oneDNN's matrix kernels read a weight matrix two to three times as fast for one row as the
ones behind F.linear.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from typing import TypeAlias
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gpt2core.counting.footprint import packed_bytes
from gpt2core.model.gpt import GPT
from gpt2core.runtime.device import free_bytes, has_bf16_kernels, usable_cores, use_cores
from gpt2core.runtime.parallel import shared

# Weights in oneDNN's own layout serve best when oneDNN chose it for many rows (for 96 rather than 32: a
# tenth to a fifth less time from 6 rows up), and fewer than five rows take longer than five: all matrices
# of GPT-2 Small take 20 ms for one row, and 14.5 with four rows of nothing beside it.
_PACKING_ROWS = 96
_FEWEST_ROWS = 5
_FREE_TO_PACK = 1.5  # how much more than the copies must be free
# Packing takes as long as 5 to 35 steps, by how much of its memory is touched for the first time.
_TOKENS_THAT_PAY = 64

# With each model the copies of its matrices, and of which version of the numbers; they go when it goes.
_Version: TypeAlias = tuple[int, tuple[float, ...]]
_LOOKED_AT = 16  # numbers of a matrix
_packed: WeakKeyDictionary[GPT, dict[nn.Linear, tuple[_Version, Tensor]]] = WeakKeyDictionary()
_changing = threading.Lock()


def packing_helps(device: torch.device) -> bool:
    """Whether matrices can be multiplied by oneDNN's linear kernel, which torch.compile uses on the
    CPU, too."""
    return (
        device.type == "cpu"
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def one_dnn_helps(weight: Tensor) -> bool:
    kernels = weight.dtype is torch.float32 or (
        weight.dtype is torch.bfloat16 and has_bf16_kernels(weight.device)
    )
    return kernels and packing_helps(weight.device)


def packing_pays(model: GPT, n_tokens: int) -> bool:
    """Whether `model` should be packed for so many tokens, of all rows together: not where memory is
    short."""
    weight = model.wte.weight
    needed = _FREE_TO_PACK * packed_bytes(model.config, weight.itemsize)
    return n_tokens > _TOKENS_THAT_PAY and free_bytes(weight.device) > needed


def pack_in_steps(model: GPT) -> Generator[float, None, None]:
    """Copies the matrices into oneDNN's layout, the largest first; yields the share done so far, 0 to 1.

    What is packed already is left alone. Does nothing on other devices.
    """
    if not one_dnn_helps(model.wte.weight):
        return
    with _changing:
        done = _packed.setdefault(model, {})
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    stale = [layer for layer in layers if layer not in done or done[layer][0] != _version(layer)]
    stale.sort(key=lambda layer: -layer.weight.numel())
    total, n_packed = sum(layer.weight.numel() for layer in stale), 0

    def pack(layer: nn.Linear) -> int:
        use_cores(1)  # the cores share the matrices, not each of them
        copy = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), _PACKING_ROWS)
        done[layer] = _version(layer), copy
        return layer.weight.numel()

    # What a thread asks for is what any other thread gets that has not computed anything yet.
    n_cores = torch.get_num_threads()
    try:
        with closing(shared(pack, stale, usable_cores())) as packing:
            for n in packing:
                n_packed += n
                yield n_packed / total
    finally:
        torch.set_num_threads(n_cores)


def packed(model: GPT) -> dict[nn.Linear, Tensor]:
    """The copies there are of `model`'s matrices as they are now."""
    with _changing:
        return {
            layer: copy for layer, (version, copy) in _packed.get(model, {}).items()
            if version == _version(layer)
        }  # fmt: skip


def _version(layer: nn.Linear) -> _Version:
    """Another one after each change of the weights, by a step of training, say. torch counts changes, but
    not those of its fused optimizers (2.13: AdamW with fused=True), which change every number."""
    numbers = layer.weight.detach().view(-1)
    some = numbers[:: max(1, numbers.numel() // _LOOKED_AT)][:_LOOKED_AT]
    return layer.weight._version, tuple(some.tolist())


class LinearKernels:
    """Multiplies by the matrices of one model; if asked to `pack`, by copies in oneDNN's layout."""

    def __init__(self, model: GPT, *, pack: bool) -> None:
        self._one_dnn = one_dnn_helps(model.wte.weight)
        if pack:
            for _ in pack_in_steps(model):
                pass
        self._weights = packed(model)

    @property
    def fewest_rows(self) -> int:
        """How many rows a step should have at least, because fewer would take longer."""
        return _FEWEST_ROWS if self._weights else 1

    def __call__(self, x: Tensor, layer: nn.Linear, *, gelu: bool = False) -> Tensor:
        """x @ weight.T + bias, with GPT-2's GELU behind it if asked for."""
        if self._one_dnn:
            weight = self._weights.get(layer, layer.weight)
            attr, algorithm = ("gelu", "tanh") if gelu else ("none", "")
            y: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, layer.bias, attr, [], algorithm)
            return y
        y = F.linear(x, layer.weight, layer.bias)
        return F.gelu(y, approximate="tanh") if gelu else y
