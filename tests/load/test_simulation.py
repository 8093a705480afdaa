"""The simulation where its outcome can be worked out by hand."""

from __future__ import annotations

import pytest
from simulated_engine import Machine
from simulation import Site, simulate

MACHINE = Machine("test", 0.0, build_seconds=0.5, prefill_seconds=0.01, rates={1: 100, 10: 500}, models=2)
FREE = (0.0, 0.0, 0.0)


def test_one_text_takes_what_its_parts_take() -> None:
    found = simulate(Site(MACHINE, 1, 1, FREE), [(0.0, 7)], tokens=50)
    assert found.jobs[0].first == pytest.approx(0.5 + 0.01)
    assert found.seconds == pytest.approx(0.5 + 0.01 + 49 / 100)
    assert found.builds == 1


def test_steps_between_measured_ones_are_in_proportion() -> None:
    assert MACHINE.step_seconds(1) == 0.01
    assert MACHINE.step_seconds(10) == 0.02
    assert MACHINE.step_seconds(4) == pytest.approx(0.01 + 0.01 * 3 / 9)
    assert MACHINE.step_seconds(20) == pytest.approx(0.04), "beyond, no token is faster"


def test_a_page_that_is_busy_keeps_others_waiting() -> None:
    found = simulate(Site(MACHINE, 1, 1, (0.1, 0.0, 0.0)), [(0.0, 1)] * 20, tokens=2)
    assert found.first_p95() == pytest.approx(20 * 0.1, abs=0.15)
    two = simulate(Site(MACHINE, 1, 2, (0.1, 0.0, 0.0)), [(0.0, 1)] * 20, tokens=2)
    assert two.first_p95() < 0.75 * found.first_p95()


def test_what_is_beside_an_engine_slows_it() -> None:
    alone, together = (
        simulate(Site(MACHINE, 1, 1, (0.05, 0.0, 0.0), together=way), [(0.0, 1)] * 20).seconds
        for way in (False, True)
    )
    assert alone < together < 2 * alone


def test_a_model_that_all_want_is_loaded_by_several_engines_and_others_by_one() -> None:
    hot = simulate(Site(MACHINE, 3, 1, FREE), [(0.0, 1)] * 80)
    assert hot.builds == 3
    assert simulate(Site(MACHINE, 3, 1, FREE), [(0.0, k % 3) for k in range(9)]).builds == 3


def test_models_that_do_not_fit_are_built_again() -> None:
    presses = [(float(3 * k), k % 3) for k in range(9)]
    assert simulate(Site(MACHINE, 1, 1, FREE), presses, tokens=5).builds == 9
