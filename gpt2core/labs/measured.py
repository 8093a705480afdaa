"""What closed forms say, measured: FLOPs by torch's own counter, and what autograd keeps."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from gpt2core.config import GPTConfig
from gpt2core.costs import costs
from gpt2core.model import GPT


def measured(config: GPTConfig) -> dict[str, Any]:
    """For one full context on the meta device, which takes no memory: FLOPs of a forward pass, FLOPs of
    forward and backward, and the bytes that autograd keeps for the latter besides the parameters."""
    with torch.device("meta"):
        model = GPT(config)
        idx = torch.zeros(1, config.block_size, dtype=torch.long)
    own = {p.untyped_storage()._cdata for p in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage.nbytes()
            alive.append(tensor)  # or another tensor could get its number
        return tensor

    alive: list[Tensor] = []
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        model(idx)
    with (
        FlopCounterMode(display=False) as training,
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
    ):
        logits = model(idx)
        F.cross_entropy(logits.view(-1, config.vocab_size), idx.view(-1)).backward()  # type: ignore[no-untyped-call]
    return {
        "forward_flops": forward.get_total_flops(), "closed_form": costs(config).forward_flops,
        "training_flops": training.get_total_flops(), "activation_bytes": sum(kept.values()),
    }  # fmt: skip
