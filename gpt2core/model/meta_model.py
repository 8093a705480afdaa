"""A model on the meta device: shapes, and no memory."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from gpt2core.config import GPTConfig
from gpt2core.model.gpt import GPT


class _WithoutInit(TorchFunctionMode):
    """Leaves out torch's own init of new layers. On the meta device it draws nothing, but costs a
    second of imports the first time."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in (Tensor.normal_, Tensor.uniform_, Tensor.fill_, Tensor.zero_):
            return args[0]
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


def meta_model(config: GPTConfig) -> GPT:
    """The model with shapes and no memory."""
    with torch.device("meta"), _WithoutInit():
        return GPT(config)
