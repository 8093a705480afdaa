"""A loss that goes by, in few points."""

from __future__ import annotations

import itertools

import pytest

from gpt2core.training.curve import Curve


def test_a_curve_of_any_length_has_few_points_and_the_right_mean() -> None:
    curve = Curve()
    for n in range(1, 10_001):
        curve.add(n, 64 * n, n / 10, float(n))
    series = curve.series()
    assert len(series["steps"]) <= 240
    assert series["steps"][-1] == 10_000
    assert series["tokens"][-1] == 640_000
    widths = [b - a for a, b in itertools.pairwise([0, *series["steps"]])]
    for end, width, value in zip(series["steps"], widths, series["values"], strict=True):
        assert value == pytest.approx(end - (width - 1) / 2)
    again = Curve()
    again.load(series, 10_000)
    for each in (curve, again):
        for n in range(10_001, 10_500):
            each.add(n, 64 * n, n / 10, float(n))
    assert again.series()["values"] == pytest.approx(curve.series()["values"])
