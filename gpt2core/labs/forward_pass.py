"""A forward pass as the page plays it: each token's vector at every stage, whom attention reads, what comes
next, and again with that.

What is sent is at most (2 + 2L) T + L T (T + 1) / 2 + min(H, MOST_HEADS) T (T + MOST_DIMENSIONS) numbers,
with T < MOST_PROMPT + PLAYED_TOKENS: 5,250 for GPT-2 Small, 28,350 for the largest shape there is. A later
token changes nothing of an earlier one, so one pass over all of them has the numbers of every pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, cast

import torch
from torch import Tensor

from gpt2core.config import SamplingOptions
from gpt2core.engine.job import Checkpoint
from gpt2core.labs.attention import queries_keys_values, weights_of
from gpt2core.model.generation import generate_rows
from gpt2core.model.gpt import GPT
from gpt2core.model.sampling import Step, distribution
from gpt2core.model.tokenizer import Tokenizer
from gpt2core.serving.messages.lab_results import Candidate, ForwardResult, HeadProducts, NextToken

MOST_PROMPT = 12  # tokens of the prompt that go in: a column for each has to fit on a screen
MOST_HEADS = 32  # whose products are sent; GPT-2 XL has 25
MOST_DIMENSIONS = 4  # of v: a sum that can be added up by eye
_CANDIDATES = 5
_EXACT, _SHOWN = 5, 3  # significant digits of what the browser goes on computing with, and of what it shows

Numbers: TypeAlias = list[list[float]]


@torch.inference_mode()
def forward(
    model: GPT, ids: Sequence[int], layer: int, sampling: SamplingOptions, n_given: int,
    checkpoint: Checkpoint = lambda: None,
) -> ForwardResult:  # fmt: skip
    """`ids` through `model`, then each token that `sampling` chooses, as Generate would; the heads are
    those of block `layer`, counted from 1. `n_given`: tokens of the prompt, which may be more than `ids`.

    Plain data. Raises ConfigError where there is no memory for it, and Cancelled.
    """
    passes: list[NextToken] = []
    generated: list[int] = []
    for (step,) in generate_rows(model, list(ids), [sampling]):
        checkpoint()
        passes.append(_next(step, sampling.temperature))
        generated.append(step.token_id)
    tokens, tokenizer = [*ids, *generated], Tokenizer()
    lengths: Numbers = []
    attention: list[Numbers] = []
    heads: list[HeadProducts] = []
    stages = _stages(model, torch.tensor([tokens[:-1]], device=model.wte.weight.device))
    for n, (x, products, v) in enumerate(stages):
        checkpoint()
        lengths.append(_rounded(x.float().norm(dim=-1), _SHOWN)[0])
        if products is None or v is None:
            continue
        mean = weights_of(products, v.size(-1)).mean(0)
        attention.append([row[: i + 1] for i, row in enumerate(_rounded(mean, _SHOWN))])
        if n == 2 * layer - 1:
            heads = _heads(products, v)
    return {
        "lab": "forward", "tokens": [tokenizer.label(token) for token in tokens], "n_prompt": len(ids),
        "n_given": n_given, "lengths": lengths, "attention": attention, "passes": passes, "layer": layer,
        "head_dim": model.config.head_dim, "heads": heads,
    }  # fmt: skip


def _stages(model: GPT, idx: Tensor) -> Iterator[tuple[Tensor, Tensor | None, Tensor | None]]:
    """The stream (1, T, E) after the embedding, x_at and x_ff of each block, and ln_f; with an x_at the
    products q k^T (H, T, T) and v (H, T, E/H) that it is made of."""
    x = model.embed(idx)
    yield x, None, None
    for block in model.blocks:
        q, k, v = queries_keys_values(block, x)
        x_at = x + block.attn(block.ln_1(x))
        yield x_at, q @ k.transpose(1, 2), v
        x = x_at + block.mlp(block.ln_2(x_at))
        yield x, None, None
    yield model.transformer["ln_f"](x), None, None


def _heads(products: Tensor, v: Tensor) -> list[HeadProducts]:
    return [
        {"products": _rounded(of_head, _EXACT), "values": _rounded(values[:, :MOST_DIMENSIONS], _EXACT)}
        for of_head, values in zip(products[:MOST_HEADS], v[:MOST_HEADS], strict=True)
    ]


def _next(step: Step, temperature: float) -> NextToken:
    logits, tokenizer = step.logits, Tokenizer()
    probabilities = distribution(logits, temperature)
    likeliest = logits.topk(min(_CANDIDATES, logits.numel())).indices.tolist()
    shown = likeliest if step.token_id in likeliest else [*likeliest, step.token_id]
    candidates: list[Candidate] = [
        {"token": tokenizer.label(token), "probability": float(probabilities[token])} for token in shown
    ]
    rank = 1 + int((logits > logits[step.token_id]).sum())
    return {"candidates": candidates, "chosen": shown.index(step.token_id), "rank": rank}


def _rounded(values: Tensor, digits: int) -> Numbers:
    rows = cast(Numbers, values.tolist())
    return [[float(f"{value:.{digits}g}") for value in row] for row in rows]
