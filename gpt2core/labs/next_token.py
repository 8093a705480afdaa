"""What the model would say next, small enough to follow the temperature slider in the browser."""

from __future__ import annotations

import torch
from torch import Tensor

from gpt2core.config import TOKENIZER_VOCAB
from gpt2core.model.tokenizer import Tokenizer
from gpt2core.serving.messages.lab_results import NextTokenResult

_TOP = 256  # tokens that are kept one by one
_BINS = 2048  # for all others: how many have about which logit


@torch.inference_mode()
def next_logits(logits: Tensor) -> NextTokenResult:
    """(V,) logits of the next token -> the _TOP largest with their tokens, the others as (mean logit,
    count) by bin, all less the largest one.

    From these the entropy at any temperature follows to about 1e-4 nats: within a bin exp is as good as
    straight, and where temperature is so low that it is not, the others have no weight.
    """
    logits = logits.float().cpu()[:TOKENIZER_VOCAB]  # a padded vocabulary's last ids are no tokens
    top, order = logits.topk(min(_TOP, logits.numel()))
    peak, tokenizer = float(top[0]), Tokenizer()
    rest = torch.ones_like(logits, dtype=torch.bool)
    rest[order] = False
    others = (logits[rest] - peak).double()
    likeliest = zip(order.tolist(), top.tolist(), strict=True)
    return {
        "lab": "logits", "vocab_size": logits.numel(),
        "top": [(tokenizer.label(i), round(v - peak, 6)) for i, v in likeliest],
        "bins": _binned(others), "std": float(logits.std(correction=0)),
    }  # fmt: skip


def _binned(values: Tensor) -> list[tuple[float, int]]:
    if not values.numel():
        return []
    low, high = float(values.min()), float(values.max())
    at = ((values - low) / max(high - low, 1e-12) * _BINS).long().clamp(max=_BINS - 1)
    counts = torch.bincount(at, minlength=_BINS)
    sums = torch.zeros(_BINS, dtype=torch.float64).index_add_(0, at, values)
    return [
        (round(float(sums[i] / counts[i]), 6), int(counts[i])) for i in counts.nonzero().view(-1).tolist()
    ]
