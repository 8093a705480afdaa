"""Logits -> distribution -> token, as pure functions of a tensor of logits, (V,) or (rows, V).

A token is argmax(logits / T + noise) over the tokens that top-k and top-p leave, the noise being
Gumbel's: this samples exactly from the softmax (Gumbel 1954; Maddison et al. 2014, section 2).
Gumbel noise is -log E for exponential E, so it is the argmax of exp(logits / T) / E, too, which is
what is computed. E depends on (seed, position) only: one seed is one noise at every temperature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import torch
from torch import Tensor

from gpt2core.config import TOKENIZER_VOCAB, SamplingOptions
from gpt2core.model.noise import exponential_noise

_MASKED = float("-inf")
_NOTHING = -200.0  # exp() of it is 0 in float32
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


def entropy(scaled: Tensor) -> Tensor:
    """Shannon entropy in nats of softmax(scaled), for each row of what `scaled_logits` gives;
    ln V when all V tokens are equally likely."""
    return _entropy(scaled, scaled.exp())


def _entropy(scaled: Tensor, weights: Tensor) -> Tensor:
    total = weights.sum(-1)
    # H = ln Z - sum(p * scaled). Far below the likeliest p is 0, and 0 * -inf would be NaN.
    return total.log() - (scaled.clamp(min=_NOTHING).mul_(weights)).sum(-1) / total


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


def masked(scaled: Tensor, top_k: int | None, top_p: float | None) -> Tensor:
    """(V,) logits with those that top-k, then top-p, leave out set to -inf."""
    if top_k is not None:
        scaled = mask_top_k(scaled, top_k)
    if top_p is not None:
        scaled = mask_top_p(scaled, top_p)
    return scaled


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
    options = SamplingOptions(temperature, top_k, top_p, seed=seed)
    return int(draw(logits[None], [options], [position])[0])


def draw(
    logits: Tensor, options: Sequence[SamplingOptions], positions: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """A token for each row of (rows, V) logits, its probability, and the entropy in nats; both of
    softmax(logits / T) before top-k and top-p. All (rows,), on the logits' device."""
    scaled = scaled_logits(logits, [o.temperature for o in options])
    weights = scaled.exp()
    score = weights.clone()
    keys = [(o.seed, position) for o, position in zip(options, positions, strict=True) if o.temperature]
    noise = iter(exponential_noise(keys, logits.size(-1), logits.device) if keys else ())
    for row, o in enumerate(options):
        if not o.temperature:
            score[row] = scaled[row]  # exp() may round two different logits to the same
            continue
        if o.top_k or o.top_p:
            score[row] = masked(scaled[row], o.top_k, o.top_p).exp()
        score[row].div_(next(noise))
    tokens = score.argmax(-1)
    probabilities = weights.gather(1, tokens[:, None])[:, 0] / weights.sum(-1)
    return tokens, probabilities, _entropy(scaled, weights)


# Rows whose tokens are chosen at a time: what is made of their logits then stays in the cache.
_TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One new token. `probability` and `entropy` (nats) are of softmax(logits/T) before top-k and
    top-p, or of softmax(logits) at T = 0. `stop_reason` stands on the last step only:
    'length' (max_new_tokens reached) or 'context_full' (no position left).
    """

    token_id: int
    probability: float
    entropy: float
    stop_reason: str | None
    logits: Tensor = field(repr=False)  # (V,), what the token was drawn from

    def detached(self) -> Step:
        """The same with logits of its own: those of a batch are views that keep all its rows."""
        return replace(self, logits=self.logits.clone())


# Of each row: its token, that token's probability, the entropy.
Drawn: TypeAlias = Sequence[tuple[float, float, float]]


@torch.inference_mode()
def choose(
    logits: Tensor,
    options: Sequence[SamplingOptions],
    positions: Sequence[int],
    reasons: Sequence[str | None],
    drawn: Drawn | None = None,
) -> list[Step]:
    """One token for each row of (rows, V) logits; `positions` are the new tokens' own. `drawn`: what has
    been drawn from them already, without top-k and top-p."""
    if logits.size(-1) > TOKENIZER_VOCAB:
        logits[:, TOKENIZER_VOCAB:] = float("-inf")
    steps: list[Step] = []
    if drawn is not None and not any(o.top_k or o.top_p for o in options):
        rows = zip(drawn, reasons, logits, strict=True)
        return [Step(int(token), p, nats, reason, row) for (token, p, nats), reason, row in rows]
    for begin in range(0, len(options), _TOGETHER):
        part = slice(begin, begin + _TOGETHER)
        tokens, *measured = draw(logits[part], options[part], positions[part])
        found = zip(
            tokens.tolist(), *torch.stack(measured).tolist(), reasons[part], logits[part], strict=True
        )
        steps += [Step(*values) for values in found]
    return steps
