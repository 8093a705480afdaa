"""What is learnt in the time that the page offers, on two cores with nothing else to do."""

from __future__ import annotations

import pytest

from gpt2core import train
from gpt2core.training.sources import make_source
from gpt2core.training.train import TrainStep
from gpt2core.ui.page_data import TRAINABLE, TRAINABLE_ON_EXERCISES

_BETTER = 0.01  # share of the floor that chance may give


def _last(source: str, seconds: float = 60.0, steps: int = 0) -> TrainStep:
    config = TRAINABLE_ON_EXERCISES if source == "sums" else TRAINABLE
    *_, last = train(config, source, steps=steps, seconds=seconds)
    return last


@pytest.mark.parametrize("source", ["stories-en", "stories-vi"])
def test_stories_come_close_to_the_floor_in_a_minute(source: str) -> None:
    last = _last(source, seconds=60)
    assert last.floor is not None
    assert last.validation_loss - last.floor < 0.10  # nats a byte: a token is one


@pytest.mark.parametrize("source", ["stories-en", "stories-vi"])
def test_no_model_goes_below_the_floor_of_what_it_is_judged_by(source: str) -> None:
    held_out = make_source(source, TRAINABLE).validation_floor
    assert held_out is not None
    last = _last(source, steps=4000)
    assert (1 - _BETTER) * held_out < last.validation_loss < 1.25 * held_out


def test_unseen_sums_are_right_in_two_minutes() -> None:
    accuracy = _last("sums", seconds=120).accuracy
    assert accuracy is not None
    assert accuracy >= 0.95
