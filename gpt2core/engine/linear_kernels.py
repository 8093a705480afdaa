"""The fastest way each device has to multiply by a model's matrices.

On the CPU oneDNN's matrix kernels read a weight matrix two to three times as fast for one row as the
ones behind F.linear.
"""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gpt2core.counting.footprint import packed_bytes
from gpt2core.model.gpt import GPT
from gpt2core.runtime.device import free_bytes, has_bf16_kernels

# Weights in oneDNN's own layout serve best when oneDNN chose it for many rows (for 96 rather than 32: a
# tenth to a fifth less time from 6 rows up), and fewer than five rows take longer than five: all matrices
# of GPT-2 Small take 20 ms for one row, and 14.5 with four rows of nothing beside it.
_PACKING_ROWS = 96
_FEWEST_ROWS = 5
_PACKED_PER_STEP = 20_000_000  # numbers: packing goes along with the steps, so that none waits for it all
_FREE_TO_PACK = 1.5  # how much more than the copies must be free
# Packing takes as long as 25 to 35 steps: one row must have gone on for a while to be worth it.
_STEPS_BEFORE_PACKING = 64

# With each model the copies made so far; they go when it goes.
_packed: WeakKeyDictionary[GPT, dict[nn.Linear, Tensor]] = WeakKeyDictionary()
_packing = threading.Lock()


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


def pack_some(model: GPT, numbers: int) -> tuple[dict[nn.Linear, Tensor], bool]:
    """Packs further matrices, up to about `numbers` of their numbers; all that are packed, and
    whether any are left."""
    with _packing:
        done = _packed.setdefault(model, {})
        for layer in model.modules():
            if isinstance(layer, nn.Linear) and layer not in done:
                if numbers <= 0:
                    return done, True
                done[layer] = torch.ops.mkldnn._reorder_linear_weight(layer.weight, _PACKING_ROWS)
                numbers -= layer.weight.numel()
        return done, False


class LinearKernels:
    """Multiplies by the matrices of one model. `pack` says whether copies in oneDNN's layout may be
    made (None: if there is plenty of memory)."""

    def __init__(self, model: GPT, pack: bool | None) -> None:
        self._model = model
        self._one_dnn = one_dnn_helps(model.wte.weight)
        with _packing:
            self._weights = _packed.get(model, {})
        if pack is None:
            weight = model.wte.weight
            copies = packed_bytes(model.config, weight.itemsize)
            pack = free_bytes(weight.device) > _FREE_TO_PACK * copies
        self._unpacked = self._one_dnn and pack
        self._steps_alone = 0

    def before_step(self, rows: int) -> None:
        """Packs a little more, where it is going to pay: for a step of so many rows or prompts."""
        self._steps_alone += rows == 1
        if self._unpacked and (rows > 1 or self._steps_alone > _STEPS_BEFORE_PACKING):
            self._weights, self._unpacked = pack_some(self._model, _PACKED_PER_STEP)

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
