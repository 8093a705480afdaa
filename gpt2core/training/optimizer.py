"""AdamW as those who train GPT-2's family set it up."""

from __future__ import annotations

import torch
from torch import nn

from gpt2core.training.plan import BETAS, EPS, MAX_GRAD_NORM, WEIGHT_DECAY, Plan


class Optimizer:
    """torch's AdamW over a model's parameters, a tied matrix once. Matrices decay, biases and LayerNorms do
    not (nanoGPT's `configure_optimizers`)."""

    def __init__(self, model: nn.Module, plan: Plan) -> None:
        self._plan = plan
        self._names = [name for name, _ in model.named_parameters()]
        self._parameters = [parameter for _, parameter in model.named_parameters()]
        decayed = [p for p in self._parameters if p.dim() >= 2]
        others = [p for p in self._parameters if p.dim() < 2]
        groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}]
        if others:
            groups.append({"params": others, "weight_decay": 0.0})
        # One kernel for all parameters: `fused` computes the same as the plain one.
        self._adamw = torch.optim.AdamW(groups, lr=plan.learning_rate, betas=BETAS, eps=EPS, fused=True)

    def step(self, n: int) -> None:
        """Step `n`, counted from 0, by the gradients that are there, which are gone afterwards."""
        nn.utils.clip_grad_norm_(self._parameters, MAX_GRAD_NORM)
        for group in self._adamw.param_groups:
            group["lr"] = self._plan.rate(n)
        self._adamw.step()
        self._adamw.zero_grad(set_to_none=True)

    def state(self) -> dict[str, torch.Tensor]:
        """Both moments of each parameter and how many steps they are of, by names of their own."""
        state = self._adamw.state
        return {
            f"{key}/{name}": state[parameter][key]
            for name, parameter in zip(self._names, self._parameters, strict=True)
            for key in ("exp_avg", "exp_avg_sq", "step")
            if parameter in state
        }

    def load_state(self, tensors: dict[str, torch.Tensor]) -> None:
        """What `state` gave. Raises KeyError for one of another model."""
        for name, parameter in zip(self._names, self._parameters, strict=True):
            self._adamw.state[parameter] = {
                key: tensors[f"{key}/{name}"].to(parameter.device, copy=True)
                for key in ("exp_avg", "exp_avg_sq", "step")
            }
