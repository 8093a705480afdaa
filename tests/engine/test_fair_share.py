"""Who has had how much."""

from __future__ import annotations

from gpt2core.engine import fair_share
from gpt2core.engine.fair_share import FairShare


def test_what_a_pass_took_is_shared_by_those_it_was_for() -> None:
    fair = FairShare()
    for address in ("a", "b"):
        fair.join(address)
    fair.charge({"a": 3, "b": 1}, 2.0)
    assert (fair.seconds("a"), fair.seconds("b")) == (1.5, 0.5)
    assert fair.least == 0.5


def test_who_comes_anew_starts_where_the_last_one_stands() -> None:
    """A rest earns nothing, and a newcomer owes nothing."""
    fair = FairShare()
    fair.join("early")
    fair.charge({"early": 1}, 100.0)
    fair.join("late")
    assert fair.seconds("late") == fair.seconds("early") == 100.0
    fair.charge({"early": 1}, 5.0)
    assert fair.seconds("late") == 100.0


def test_who_leaves_and_comes_back_keeps_what_it_has_had() -> None:
    fair = FairShare()
    fair.join("greedy")
    fair.join("modest")
    fair.charge({"greedy": 1}, 50.0)
    fair.leave("greedy")
    fair.join("greedy")
    assert fair.seconds("greedy") == 50.0
    assert fair.seconds("modest") == 0.0


def test_an_empty_engine_goes_on_from_where_it_was() -> None:
    fair = FairShare()
    fair.join("a")
    fair.charge({"a": 1}, 7.0)
    fair.leave("a")
    fair.join("b")
    assert fair.seconds("b") == 7.0


def test_not_everybody_is_remembered_for_ever(monkeypatch: object) -> None:
    fair = FairShare()
    for n in range(2 * fair_share._REMEMBERED):
        fair.join(str(n))
        fair.leave(str(n))
    assert len(fair._seconds) <= fair_share._REMEMBERED + 1
