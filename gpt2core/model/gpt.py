"""GPT-2 in one file, to be read from top to bottom.

Three parts: embeddings, blocks, unembedding. Three stages of the forward pass, one method
each: `embed`, `transform`, `unembed`. In the shapes, B is the batch, T the tokens fed in this
call, E is n_embd, H is n_head and V is vocab_size. (engine/model_runner.py computes the same token by
token, without repeating what it has already computed.)
"""

from __future__ import annotations

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gpt2core.config import GPTConfig

# openai/gpt-2, model.py `conv1d` and `wte`. Its `wpe` has 0.01; nanoGPT and transformers have 0.02 there.
INIT_STD = 0.02
LAYER_NORM_EPS = 1e-5  # openai/gpt-2, model.py `norm`


class CausalSelfAttention(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.n_head, self.n_embd = config.n_head, config.n_embd
        # One E x 3E matrix computes Q, K and V at once: three separate E x E matrices would
        # give the same numbers from three smaller, slower products.
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        B, T, E = x.shape
        q, k, v = self.c_attn(x).split(self.n_embd, dim=2)  # (B, T, 3E) -> three (B, T, E)
        # Each head sees its own E/H columns: (B, T, E) -> (B, H, T, E/H)
        q, k, v = (y.view(B, T, self.n_head, E // self.n_head).transpose(1, 2) for y in (q, k, v))
        # softmax(q @ k^T / sqrt(E/H)) @ v, where no token looks at a later one
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        y = y.transpose(1, 2).reshape(B, T, E)  # heads side by side again
        return cast(Tensor, self.c_proj(y))


class MLP(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.c_proj(F.gelu(self.c_fc(x), approximate="tanh")))


class Block(nn.Module):
    """Pre-LN: each half normalises a copy and adds its result to the untouched stream."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, LAYER_NORM_EPS, bias=config.bias)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd, LAYER_NORM_EPS, bias=config.bias)
        self.mlp = MLP(config)

    def forward(self, x: Tensor) -> Tensor:
        x_at = x + self.attn(self.ln_1(x))  # tokens exchange what they know
        x_ff = x_at + self.mlp(self.ln_2(x_at))  # each token thinks for itself
        return cast(Tensor, x_ff)


class GPT(nn.Module):
    """A GPT-2 of any size with the names of GPT-2's checkpoints.

    The constructor takes torch's own default init; `init_parameter` has GPT-2's.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(config.vocab_size, config.n_embd),
            "wpe": nn.Embedding(config.block_size, config.n_embd),
            "h": nn.ModuleList(Block(config) for _ in range(config.n_layer)),
            "ln_f": nn.LayerNorm(config.n_embd, LAYER_NORM_EPS, bias=config.bias),
        })  # fmt: skip
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.tie_weights()

    def tie_weights(self) -> None:
        """Makes the unembedding the embedding, if the config says so: one matrix, two names."""
        if self.config.tie_weights:
            self.lm_head.weight = self.wte.weight

    @property
    def wte(self) -> nn.Embedding:
        return cast(nn.Embedding, self.transformer["wte"])

    @property
    def wpe(self) -> nn.Embedding:
        return cast(nn.Embedding, self.transformer["wpe"])

    @property
    def blocks(self) -> list[Block]:
        return list(cast(list[Block], self.transformer["h"]))

    def embed(self, idx: Tensor) -> Tensor:
        """Stage 1: token + position, (B, T) -> (B, T, E). Raises ValueError for what has no embedding."""
        shape, most = tuple(idx.shape), self.config.block_size
        if len(shape) != 2 or shape[1] > most:
            raise ValueError(f"idx is {shape}, but must be (B, T) with T at most {most}, the context")
        # On idx's device: a plain torch.arange lives on the CPU, and adding the two would end in
        # 'Expected all tensors to be on the same device'.
        positions = torch.arange(idx.size(1), device=idx.device)
        try:
            return cast(Tensor, self.wte(idx) + self.wpe(positions))
        except IndexError:  # a GPU finds out only later, and then serves the process no more
            last = self.config.vocab_size - 1
            raise ValueError(f"idx holds an id that is not from 0 to {last}, the vocabulary") from None

    def transform(self, x: Tensor) -> Tensor:
        """Stage 2: through all blocks, (B, T, E) -> (B, T, E)."""
        for block in self.blocks:
            x = block(x)
        return x

    def unembed(self, x: Tensor) -> Tensor:
        """Stage 3: last LayerNorm, then one logit per vocabulary entry, -> (B, T, V)."""
        return cast(Tensor, self.lm_head(self.transformer["ln_f"](x)))

    def forward(self, idx: Tensor) -> Tensor:
        """Token ids (B, T) int64 -> logits (B, T, V). A logit is no probability yet."""
        return self.unembed(self.transform(self.embed(idx)))


def init_std(name: str, config: GPTConfig) -> float:
    """Target standard deviation of a parameter at init; 0 for those that start constant.

    The projections that write into the residual stream are scaled by 1/sqrt(2 * n_layer), there
    being 2 * n_layer of them (Radford et al. 2019, section 2.3).
    """
    if name.endswith(".bias") or ".ln_" in name:
        return 0.0
    if name.endswith("c_proj.weight"):
        return INIT_STD / math.sqrt(2 * config.n_layer)
    return INIT_STD


def init_parameter(name: str, parameter: Tensor, config: GPTConfig, generator: torch.Generator) -> None:
    """Fills one parameter in place as GPT-2 starts: N(0, std), LayerNorm weights 1, biases 0."""
    std = init_std(name, config)
    with torch.no_grad():
        if std:
            parameter.normal_(0.0, std, generator=generator)
        else:
            parameter.fill_(1.0 if name.endswith(".weight") else 0.0)
