"""Samplers against the distributions they should have."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from gpt2core.config import SamplingOptions
from gpt2core.model.noise import exponential_noise
from gpt2core.model.sampling import (
    distribution,
    draw,
    entropy,
    mask_top_k,
    mask_top_p,
    sample,
)

LOGITS = torch.tensor([2.0, 1.0, 0.5, 0.0, -1.0, -3.0])
DRAWS = 20_000


def drawn(n: int = DRAWS, **options: Any) -> torch.Tensor:
    """How often each token comes in `n` draws."""
    ids, _, _ = draw(LOGITS.expand(n, -1), [SamplingOptions(**options, seed=11)] * n, range(n))
    return torch.bincount(ids, minlength=len(LOGITS)).double()


def test_many_draws_at_a_time_are_those_one_by_one() -> None:
    one_by_one = [sample(LOGITS, seed=11, position=i, top_k=4) for i in range(500)]
    assert drawn(500, top_k=4).tolist() == torch.bincount(torch.tensor(one_by_one), minlength=6).tolist()


def chi_square(observed: torch.Tensor, expected: torch.Tensor) -> float:
    kept = expected > 0
    assert observed[~kept].sum() == 0, "a token outside the distribution was drawn"
    wanted = expected[kept].double() * observed.sum()
    return float(((observed[kept] - wanted) ** 2 / wanted).sum())


# 99.99 % quantile of chi-square with 5 degrees of freedom
LIMIT = 25.7


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5, 100.0])
def test_tokens_come_as_often_as_softmax_says(temperature: float) -> None:
    expected = torch.softmax(LOGITS / temperature, -1)
    assert chi_square(drawn(temperature=temperature), expected) < LIMIT


def test_top_k_and_top_p_renormalise_what_is_left() -> None:
    p = torch.softmax(LOGITS, -1)
    three = torch.where(torch.arange(6) < 3, p, 0)
    assert chi_square(drawn(5000, top_k=3), three / three.sum()) < LIMIT
    # 0.58 + 0.21 < 0.85 <= 0.58 + 0.21 + 0.13: three tokens again
    assert chi_square(drawn(5000, top_p=0.85), three / three.sum()) < LIMIT


def test_the_order_is_temperature_then_top_k_then_top_p() -> None:
    """At T = 0.5 the first two of the three that top-k leaves reach 0.94, at T = 1 not."""
    kept = drawn(2000, temperature=0.5, top_k=3, top_p=0.9) > 0
    assert kept.tolist() == [True, True, False, False, False, False]
    kept = drawn(2000, temperature=1.0, top_k=3, top_p=0.9) > 0
    assert kept.tolist() == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    "options", [{"temperature": 0.0}, {"top_k": 1}, {"top_p": 1e-9}, {"temperature": 1e-40}]
)
def test_the_limits_are_the_likeliest_token(options: dict[str, Any]) -> None:
    assert {sample(LOGITS, seed=s, position=s, **options) for s in range(200)} == {0}


def test_zero_temperature_never_divides() -> None:
    assert torch.isfinite(distribution(LOGITS, 0.0)).all()
    for tiny in (1e-45, 1e-300):
        p = distribution(torch.tensor([1e30, -1e30, 0.0]), tiny)
        assert p.tolist() == [1.0, 0.0, 0.0]
    assert sample(torch.tensor([-1e38, 1e38]), temperature=0.01) == 1


def test_masks_keep_exactly_what_they_should() -> None:
    assert (mask_top_k(torch.zeros(10), 4) > -math.inf).sum() == 4
    assert (mask_top_k(LOGITS, 99) == LOGITS).all()
    assert (mask_top_p(LOGITS, 1e-12) > -math.inf).sum() == 1
    assert (mask_top_p(torch.zeros(4), 0.5) > -math.inf).sum() == 2
    assert (mask_top_p(LOGITS, 0.9999999) > -math.inf).all()


def noise(seed: int, position: int, n: int) -> torch.Tensor:
    return exponential_noise([(seed, position)], n)[0]


def test_one_seed_is_one_noise_at_every_temperature() -> None:
    first = noise(1, 7, 1000)
    assert torch.equal(first, noise(1, 7, 1000))
    assert torch.equal(first, noise(1, 7, 2000)[:1000])
    assert torch.equal(first, exponential_noise([(3, 4), (1, 7)], 1000)[1])
    assert not torch.equal(first, noise(1, 8, 1000))
    assert not torch.equal(first, noise(2, 7, 1000))


def test_the_noise_is_exponential_and_its_logarithm_finite() -> None:
    draws = torch.cat([noise(5, position, 1_000_000) for position in range(5)])
    assert float(draws.min()) > 0
    assert torch.isfinite(draws.log()).all()
    draws = draws.double()
    assert float(draws.mean()) == pytest.approx(1, abs=0.003)
    assert float(draws.var()) == pytest.approx(1, abs=0.01)
    # The winners are the smallest: P(E < x) is x there. 5,000,000 x are expected, 4 sigma allowed.
    for x in (1e-5, 1e-4, 1e-3):
        assert float((draws < x).sum()) == pytest.approx(5e6 * x, abs=4 * math.sqrt(5e6 * x))


def test_neighbouring_noises_have_nothing_in_common() -> None:
    """Neither seeds nor positions nor tokens that follow each other."""
    rows = torch.stack([noise(s, p, 50_257) for s in range(6) for p in range(6)])
    ranks = rows.argsort(-1).argsort(-1).double()
    assert float((torch.corrcoef(ranks) - torch.eye(36)).abs().max()) < 5 / math.sqrt(50_257)
    for lag in (1, 2, 256, 4096):
        pair = torch.stack([ranks[:, lag:].flatten(), ranks[:, :-lag].flatten()])
        assert abs(float(torch.corrcoef(pair)[0, 1])) < 5 / math.sqrt(ranks.numel())
    # The same token wins for as many seeds as chance would have it: 1 of 64.
    wins = torch.tensor([int(noise(s, 0, 64).argmin()) for s in range(6400)])
    assert chi_square(torch.bincount(wins, minlength=64).double(), torch.full((64,), 1 / 64)) < 114


def test_sampling_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    sample(LOGITS, seed=9, position=1)
    assert torch.equal(before, torch.random.get_rng_state())


def test_entropy_in_nats() -> None:
    assert float(entropy(torch.zeros(64))) == pytest.approx(math.log(64))
    assert float(entropy(torch.tensor([0.0, -math.inf]))) == 0.0
