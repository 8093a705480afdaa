"""The gradients of a step taken in parts are those of the loss taken as a whole."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from typing import TypeVar

import pytest
import torch
import torch.nn.functional as F

from gpt2core import GPTConfig, build
from gpt2core.model.gpt import GPT
from gpt2core.runtime.device import usable_cores
from gpt2core.training import passes
from gpt2core.training.batches import Batch
from gpt2core.training.optimizer import Optimizer
from gpt2core.training.passes import NOT_COUNTED, Passes
from gpt2core.training.plan import BETAS, EPS, MAX_GRAD_NORM, WEIGHT_DECAY, Plan
from gpt2core.training.shared_passes import SharedPasses, workers_for

Made = TypeVar("Made")
SHAPES = [
    GPTConfig(2, 2, 16, 12, 300),
    GPTConfig(3, 1, 8, 5, 70, bias=False, tie_weights=False),
    GPTConfig(1, 4, 32, 20, 256),
]


def batch(config: GPTConfig) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    idx = torch.randint(config.vocab_size, (3, config.block_size), generator=draw)
    targets = torch.randint(config.vocab_size, (3, config.block_size), generator=draw)
    targets[0, ::2] = NOT_COUNTED
    return idx, targets


def whole_loss(model: GPT, idx: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    logits = model(idx)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=NOT_COUNTED)


def drained(parts: Generator[None, None, Made]) -> Made:
    while True:
        try:
            next(parts)
        except StopIteration as done:
            made: Made = done.value
            return made


@pytest.mark.parametrize("config", SHAPES)
@pytest.mark.parametrize("at_once", [7, 2**23])
def test_gradients_are_those_of_a_float64_reference(
    config: GPTConfig, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the logits come in pieces of one position."""
    monkeypatch.setattr(passes, "LOGITS_AT_ONCE", at_once * config.vocab_size)
    idx, targets = batch(config)
    model = build(config, seed=3).model
    n = int((targets != NOT_COUNTED).sum())
    loss = drained(Passes(model).backward(idx, targets, n))
    reference = build(config, seed=3).model.double()
    expected = whole_loss(reference, idx, targets)
    expected.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
    for (name, mine), theirs in zip(model.named_parameters(), reference.parameters(), strict=True):
        assert mine.grad is not None, name
        assert theirs.grad is not None, name
        scale = theirs.grad.abs().max().item()
        assert (mine.grad - theirs.grad).abs().max().item() <= 1e-4 * max(scale, 1e-3), name


@pytest.mark.parametrize("n_workers", [1, 2, 3])
def test_rows_that_are_shared_give_the_same_gradients(n_workers: int) -> None:
    config = SHAPES[0]
    idx, targets = batch(config)
    rows = Batch(idx, targets, int((targets != NOT_COUNTED).sum()))
    alone, shared = build(config, seed=3).model, build(config, seed=3).model
    expected = drained(Passes(alone).backward(idx, targets, rows.n_counted)).item()
    passes = SharedPasses(shared, n_workers, 1)
    for _ in range(2):  # nothing is left of the first
        shared.zero_grad()
        assert drained(passes.backward(rows)) == pytest.approx(expected, abs=1e-5)
    for (name, mine), theirs in zip(shared.named_parameters(), alone.parameters(), strict=True):
        assert mine.grad is not None
        assert theirs.grad is not None
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-6), name
    total = drained(passes.loss(rows))
    assert total == pytest.approx(rows.n_counted * expected, rel=1e-5)


def test_who_shares_is_the_same_for_a_run_and_a_small_step_is_one_cores() -> None:
    cpu, cores = torch.device("cpu"), usable_cores()
    assert workers_for(cpu, 64, 10**6) == (1, 1)
    assert workers_for(cpu, 1, 10**12) == (1, cores)
    n, each = workers_for(cpu, 64, 10**10)
    assert n * each <= max(cores, n)
    assert n == min(cores, 4)


@pytest.mark.parametrize("config", SHAPES)
def test_the_loss_alone_is_the_same(config: GPTConfig) -> None:
    idx, targets = batch(config)
    model = build(config, seed=3).model
    total = drained(Passes(model).loss(idx, targets))
    n = int((targets != NOT_COUNTED).sum())
    assert total.item() / n == pytest.approx(whole_loss(model, idx, targets).item(), abs=1e-5)
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("config", SHAPES)
def test_a_step_is_that_of_torchs_adamw(config: GPTConfig) -> None:
    """Matrices decay, a tied one once; biases and LayerNorms do not; the gradient's norm is clipped."""
    plan = Plan(steps=20, batch_size=3, learning_rate=1e-2)
    model, reference = build(config, seed=3).model, build(config, seed=3).model
    mine = Optimizer(model, plan)
    matrices = [p for p in reference.parameters() if p.dim() == 2]
    vectors = [p for p in reference.parameters() if p.dim() == 1]
    theirs = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}],
        betas=BETAS, eps=EPS, foreach=False, fused=False,
    )  # fmt: skip
    idx, targets = batch(config)
    for n in range(4):
        whole_loss(model, idx, targets).backward()  # type: ignore[no-untyped-call]
        # Where a gradient is nothing but rounding, as that of a key's bias, AdamW makes steps of it.
        for p, q in zip(model.parameters(), reference.parameters(), strict=True):
            q.grad = None if p.grad is None else p.grad.clone()
        mine.step(n)
        torch.nn.utils.clip_grad_norm_(reference.parameters(), MAX_GRAD_NORM)
        for group in theirs.param_groups:
            group["lr"] = plan.rate(n)
        theirs.step()
        theirs.zero_grad()
    for (name, p), q in zip(model.named_parameters(), reference.parameters(), strict=True):
        assert torch.allclose(p, q, atol=2e-6), name


def test_the_rate_warms_up_and_falls_along_half_a_cosine() -> None:
    plan = Plan(steps=1000, batch_size=1, learning_rate=1e-3)
    rates = [plan.rate(n) for n in range(1000)]
    assert rates[0] == pytest.approx(1e-5)
    assert max(rates) == pytest.approx(1e-3)
    assert rates.index(max(rates)) in (99, 100)
    assert all(a > b for a, b in itertools.pairwise(rates[100:]))
    assert rates[550] == pytest.approx(1e-3 * 0.51, rel=1e-6)
    assert rates[-1] == pytest.approx(2e-5, rel=1e-3)
