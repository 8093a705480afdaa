"""Logits -> distribution -> token, as pure functions of a tensor of logits, (V,) or (rows, V).

A token is argmax(logits / T + noise) over the tokens that top-k and top-p leave, the noise being
Gumbel's: this samples exactly from the softmax (Gumbel 1954; Maddison et al. 2014, section 2).
The noise depends on (seed, position) only, so one seed means one noise at every temperature.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_MASKED = float("-inf")
_SMALLEST = torch.finfo(torch.float32).tiny


def scaled_logits(logits: Tensor, temperature: float | Sequence[float]) -> Tensor:
    """Logits at `temperature` (one, or one a row), float32, the largest 0.

    Temperature 0 leaves them as at 1.
    """
    each = [temperature] if isinstance(temperature, int | float) else temperature
    # Below float32's smallest normal number the division would turn 0 / T into NaN.
    divisors = torch.tensor([max(t, _SMALLEST) if t else 1.0 for t in each], device=logits.device)
    logits = logits.float()
    logits = logits - logits.amax(-1, keepdim=True)
    return logits / (divisors[:, None] if logits.dim() > 1 else divisors)


def distribution(logits: Tensor, temperature: float | Sequence[float] = 1.0) -> Tensor:
    """softmax(logits / T) in float32; at T = 0 that of T = 1."""
    return torch.softmax(scaled_logits(logits, temperature), dim=-1)


def entropy(probabilities: Tensor) -> Tensor:
    """Shannon entropy in nats, of each row; ln V when all V tokens are equally likely."""
    terms: Tensor = torch.special.entr(probabilities)
    return terms.sum(-1)


def mask_top_k(logits: Tensor, k: int) -> Tensor:
    """Keeps the k largest logits and sets the rest to -inf."""
    values, kept = logits.topk(min(k, logits.numel()))
    return torch.full_like(logits, _MASKED).scatter_(-1, kept, values)


_HEAD = 1024  # tokens that top-p looks at first: sorting all 50,257 takes 4 ms


def mask_top_p(logits: Tensor, p: float) -> Tensor:
    """Keeps the fewest tokens that together have probability `p`, always at least one."""
    ordered, order = logits.topk(min(_HEAD, logits.numel()))
    probabilities = torch.exp(ordered - logits.logsumexp(-1))
    if float(probabilities.sum()) < p:
        ordered, order = logits.sort(descending=True)
        probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(-1) - probabilities  # what the likelier ones have already
    dropped = before >= p
    dropped[0] = False
    kept = torch.full_like(logits, _MASKED)
    return kept.scatter_(-1, order, ordered.masked_fill(dropped, _MASKED))


def gumbel_noise(seed: int, position: int, n: int) -> Tensor:
    """(n,) float32 Gumbel noise for one position, drawn on the CPU whatever the model runs on."""
    generator = torch.Generator().manual_seed(((seed << 20) ^ position) & (2**63 - 1))
    u = torch.empty(n, dtype=torch.float64).uniform_(generator=generator)
    # uniform_ can give exactly 0, whose logarithm would be -inf
    return u.clamp_(min=torch.finfo(torch.float64).tiny).log_().neg_().log_().neg_().float()


def sample(
    logits: Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    position: int = 0,
) -> int:
    """One token id from (V,) logits: temperature first, then top-k, then top-p.

    Temperature 0 is the plain argmax.
    """
    return pick(scaled_logits(logits, temperature), temperature, top_k, top_p, seed, position)


def pick(
    scaled: Tensor, temperature: float, top_k: int | None, top_p: float | None, seed: int, position: int
) -> int:
    """As `sample`, from (V,) logits that `scaled_logits` has already brought to `temperature`."""
    if temperature == 0:
        return int(scaled.argmax())
    if top_k is not None:
        scaled = mask_top_k(scaled, top_k)
    if top_p is not None:
        scaled = mask_top_p(scaled, top_p)
    noise = gumbel_noise(seed, position, scaled.numel()).to(scaled.device)
    return int((scaled + noise).argmax())
