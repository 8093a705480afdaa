"""Why pre-LN: how large the gradient is in each block at the start, against post-LN."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call

from gpt2core.engine.job import Checkpoint
from gpt2core.model.gpt import GPT, Block


def gradient_norms(
    model: GPT, ids: Sequence[int], *, pre_ln: bool = True, checkpoint: Checkpoint = lambda: None
) -> list[float]:
    """Norm of the loss's gradient with respect to mlp.c_proj.weight, block by block, for predicting each of
    `ids` from those before it.

    The quantity of Xiong et al. 2020, 'On Layer Normalization in the Transformer Architecture', figure 3.
    Post-LN (Vaswani et al. 2017) has the same weights, and normalises after each addition, not before.
    """
    idx = torch.tensor([ids], device=model.wte.weight.device)
    norms = [0.0] * len(model.blocks)
    with torch.inference_mode(False), torch.enable_grad():
        x = model.embed(idx[:, : max(1, idx.size(1) - 1)]).clone()
        leaves = [_watched(block, norms, n, checkpoint) for n, block in enumerate(model.blocks)]
        for block, leaf in zip(model.blocks, leaves, strict=True):
            checkpoint()
            x = _block(block, x, leaf, pre_ln=pre_ln)
        logits = model.unembed(x)
        # With a context of one there is no next token to predict: then the token itself is.
        targets = idx[0, 1:] if idx.size(1) > 1 else idx[0]
        # Only theirs: the model is the caller's, and may be one that is being trained.
        F.cross_entropy(logits[0].float(), targets).backward(inputs=leaves)  # type: ignore[no-untyped-call]
    return norms


def _watched(block: Block, norms: list[float], n: int, checkpoint: Checkpoint) -> Tensor:
    """The block's c_proj weight as a leaf of its own, whose gradient is measured and dropped at once."""
    weight = block.mlp.c_proj.weight.detach().requires_grad_()

    def measure(leaf: Tensor) -> None:
        assert leaf.grad is not None
        norms[n] = float(leaf.grad.float().norm())
        leaf.grad = None
        checkpoint()

    weight.register_post_accumulate_grad_hook(measure)  # type: ignore[no-untyped-call]
    return weight


def _block(block: Block, x: Tensor, weight: Tensor, *, pre_ln: bool) -> Tensor:
    def mlp(y: Tensor) -> Tensor:
        out: Tensor = functional_call(block.mlp, {"c_proj.weight": weight}, (y,))
        return out

    if pre_ln:
        x_at: Tensor = x + block.attn(block.ln_1(x))
        return x_at + mlp(block.ln_2(x_at))
    x_at = block.ln_1(x + block.attn(x))
    out: Tensor = block.ln_2(x_at + mlp(x_at))
    return out
