"""A run: the same wherever and however often it is computed, in one piece or in two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from gpt2core import ConfigError, train
from gpt2core.counting.footprint import weight_bytes
from gpt2core.model.checkpoint import checkpoint_from_bytes
from gpt2core.serving.messages import Snapshot, TrainRequest
from gpt2core.training import run as run_module
from gpt2core.training.record import start_loss
from gpt2core.training.run import Run, planned
from gpt2core.validation import parse_config

CPU = torch.device("cpu")
SMALL = {"n_layer": 1, "n_head": 2, "n_embd": 32, "block_size": 32, "vocab_size": 256}


def request(**more: object) -> TrainRequest:
    return planned(TrainRequest.parse(SMALL | {"source": "sums", "steps": 12, "batch_size": 8} | more))


def step_through(run: Run, until: int | None = None) -> Run:
    with torch.enable_grad():
        for _ in run.parts():
            if until is not None and run.record.step >= until:
                break
    return run


def weights_of(run: Run) -> dict[str, torch.Tensor]:
    assert run.built is not None
    return {name: p.detach().clone() for name, p in run.built.model.named_parameters()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Evaluates, samples and keeps what it has after each step."""
    for name in ("_FIRST_EVALUATION_SECONDS", "_SAMPLE_SECONDS"):
        monkeypatch.setattr(run_module, name, 0.0)
    monkeypatch.setattr(run_module, "_EVALUATED_SHARE", 1e9)
    return iter([None])


def test_two_runs_are_bit_equal() -> None:
    assert same(
        weights_of(step_through(Run(request(), CPU))), weights_of(step_through(Run(request(), CPU)))
    )


@pytest.mark.parametrize(
    "more", [{"seed": 1}, {"steps": 13}, {"batch_size": 9}, {"learning_rate": 0.001}, {"source": "sorting"}]
)
def test_whatever_names_a_run_changes_its_weights(more: dict[str, object]) -> None:
    one, other = request(), request(**more)
    assert one.name != other.name
    assert not same(weights_of(step_through(Run(one, CPU))), weights_of(step_through(Run(other, CPU))))


@pytest.mark.usefixtures("hurried")
def test_evaluating_and_keeping_change_no_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    often: list[Snapshot] = []
    interrupted = weights_of(step_through(Run(request(), CPU, often.append)))
    monkeypatch.undo()
    seldom: list[Snapshot] = []
    assert same(interrupted, weights_of(step_through(Run(request(), CPU, seldom.append))))
    assert len(often) > 8 > len(seldom)


@pytest.mark.usefixtures("hurried")
def test_a_run_that_is_gone_on_with_elsewhere_ends_in_the_same_weights() -> None:
    kept: list[Snapshot] = []
    step_through(Run(request(), CPU, kept.append), until=7)
    snapshot = kept[-1]
    assert 3 < snapshot.step <= 7
    again: list[Snapshot] = []
    other = step_through(Run(request(), CPU, again.append, snapshot))
    whole = Run(request(), CPU)
    assert same(weights_of(step_through(whole)), weights_of(other))
    kept_at_the_end = checkpoint_from_bytes(again[-1].weights, whole.request.config, CPU)
    assert same(dict(kept_at_the_end.named_parameters()), weights_of(whole))
    told = other.event()
    assert told["step"] == told["steps"] == 12
    assert told["training"]["steps"][-1] == 12
    assert told["tokens_seen"] == whole.event()["tokens_seen"]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("models", "each_with_moments", "while_it_goes_on"),
    [(3, True, True), (2, False, True), (0.5, None, False)],
)
def test_of_a_large_model_less_is_kept(
    monkeypatch: pytest.MonkeyPatch, models: float, each_with_moments: bool | None, while_it_goes_on: bool
) -> None:
    """A snapshot has room for so many times the model's weights."""
    monkeypatch.setattr(run_module, "SNAPSHOT_BYTES", int(models * weight_bytes(request().config)))
    kept: list[Snapshot] = []
    step_through(Run(request(), CPU, kept.append))
    *before, last = kept
    assert bool(before) == while_it_goes_on
    assert {each.optimizer is not None for each in before} <= {each_with_moments}
    assert (last.optimizer, last.step) == (None, 12)


def test_a_time_is_turned_into_steps_and_the_run_is_named_by_them() -> None:
    run = step_through(Run(request(steps=0, seconds=1), CPU))
    assert run.request.steps >= 1
    assert run.request.seconds == 0
    assert same(weights_of(run), weights_of(step_through(Run(request(steps=run.request.steps), CPU))))
    assert run.event()["run"] == request(steps=run.request.steps).name


def test_what_is_told_agrees_with_itself() -> None:
    told = step_through(Run(request(), CPU)).event()
    assert told["done"]
    assert told["validation"]["steps"][0] == 0
    assert told["validation"]["values"][0] == pytest.approx(told["start_loss"], abs=0.15)
    assert told["validation_loss"] == pytest.approx(told["validation"]["values"][-1], abs=1e-4)
    assert told["perplexity"] == pytest.approx(torch.tensor(told["validation_loss"]).exp().item(), rel=1e-4)
    assert told["accuracy"] is not None
    assert told["floor"] == 0
    assert len(told["training"]["values"]) == 12


def test_the_loss_to_expect_at_the_start() -> None:
    """10.98 for GPT-2 Small, as the design has it."""
    assert start_loss(50_257, 768) == pytest.approx(10.98, abs=0.005)


def test_the_stories_floor_is_told_in_nats_a_token() -> None:
    told = step_through(Run(request(source="stories-en", steps=1), CPU)).event()
    assert told["floor"] is not None
    assert told["floor_bits_per_byte"] is not None
    ratio = told["validation_loss"] / told["floor"]  # type: ignore[operator]
    assert ratio == pytest.approx(told["bits_per_byte"] / told["floor_bits_per_byte"])  # type: ignore[operator]


def test_a_loss_that_is_no_number_any_more_ends_in_a_sentence() -> None:
    """As after a learning rate that is too high."""
    run = Run(request(), CPU)
    with torch.enable_grad():
        parts = run.parts()
        while run.record.step < 3:
            next(parts)
        assert run.built is not None
        run.built.model.wpe.weight.data.fill_(float("nan"))
        with pytest.raises(ConfigError) as refused:
            list(parts)
    assert (refused.value.code, refused.value.field) == ("diverged", "learning_rate")


def test_the_library_trains_step_by_step() -> None:
    config = parse_config(SMALL)
    *before, last = train(config, "sums", steps=5, batch_size=8)
    assert [step.n for step in before] == [1, 2, 3, 4]
    assert last.n == 5
    assert last.model is not None
    assert last.accuracy is not None
    assert all(step.model is None for step in before)
    assert same(
        {name: p.detach() for name, p in last.model.named_parameters()},
        weights_of(step_through(Run(request(steps=5), CPU))),
    )
    assert torch.is_grad_enabled()


def test_the_library_trains_on_a_text_of_ones_own() -> None:
    text = "On Monday the cat sat on the mat. " * 20
    *_, last = train(parse_config(SMALL), text, steps=30, batch_size=4)
    assert last.loss < 4.5
    assert last.floor is None


def test_a_private_run_is_named_by_a_secret() -> None:
    one, other = (request(source="text", text="the same text " * 9) for _ in range(2))
    assert one.source != other.source
    assert one.name != other.name
    assert one.source.removeprefix("text-") not in one.name
    assert "same" not in repr(one)
    assert replace(one, text="") == one
