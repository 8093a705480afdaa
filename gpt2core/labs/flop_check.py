"""What closed forms say, measured: FLOPs by torch's own counter, and what autograd keeps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from gpt2core.config import GPTConfig
from gpt2core.counting.costs import COSTS, TRAINING
from gpt2core.counting.parameters import evaluate, fields_of
from gpt2core.engine.job import Checkpoint
from gpt2core.model.gpt import GPT
from gpt2core.serving.messages.lab_results import MeasuredResult


def measured(config: GPTConfig, checkpoint: Checkpoint = lambda: None) -> MeasuredResult:
    """For one full context on the meta device, which takes no memory: FLOPs of a forward pass, FLOPs of
    forward and backward, and the bytes that autograd keeps for the latter; each with its closed form.

    On meta, attention is written out: its scores are kept, too.
    """
    model, tokens = _model(config, "meta")
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        model(tokens[:, :-1])
    checkpoint()
    with FlopCounterMode(display=False) as training:
        _loss(model, tokens).backward()  # type: ignore[no-untyped-call]
    checkpoint()
    numbers = fields_of(config)
    form = {name: evaluate(polynomial, numbers) for name, polynomial in (COSTS | TRAINING).items()}
    floats = ("kept", "kept_statistics", "kept_loss", "kept_written_out")
    return {
        "lab": "measured",
        "forward_flops": (form["forward_flops"], forward.get_total_flops()),
        "training_flops": (form["step_flops"], training.get_total_flops()),
        "kept_bytes": (4 * sum(form[name] for name in floats) + 8 * form["kept_ids"],
                       saved_bytes(config, "meta")),
    }  # fmt: skip


def saved_bytes(config: GPTConfig, device: str) -> int:
    """What autograd keeps, in bytes, of one training step's forward pass besides the parameters, each
    memory once."""
    model, tokens = _model(config, device)
    parameters = {p.untyped_storage()._cdata for p in model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in parameters:
            kept[storage._cdata] = storage  # held, so that no other memory gets its number
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        _loss(model, tokens)
    return sum(storage.nbytes() for storage in kept.values())


def _model(config: GPTConfig, device: str) -> tuple[GPT, Tensor]:
    """A model, and T + 1 tokens: T inputs and the T that follow them."""
    with torch.device(device):
        return GPT(config), torch.zeros(1, config.block_size + 1, dtype=torch.long)


def _loss(model: GPT, tokens: Tensor) -> Tensor:
    logits = model(tokens[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
