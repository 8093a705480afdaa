"""Who has had how much."""

from __future__ import annotations

from gpt2core.engine import fair_share
from gpt2core.engine.fair_share import NEWCOMER_SECONDS, FairShare


def test_what_a_pass_took_is_shared_by_those_it_was_for() -> None:
    fair = FairShare()
    for address in ("a", "b"):
        fair.join(address)
    begun = fair.seconds("a")
    fair.charge({"a": 3, "b": 1}, 2.0)
    assert (fair.seconds("a") - begun, fair.seconds("b") - begun) == (1.5, 0.5)


def test_who_comes_anew_is_a_moment_behind_the_last_one() -> None:
    """A rest earns nothing else, a newcomer owes nothing, and newcomers are alike."""
    fair = FairShare()
    fair.join("early")
    fair.charge({"early": 1}, 100.0)
    for n in range(5):
        fair.join(f"late {n}")
    assert {fair.seconds(f"late {n}") for n in range(5)} == {fair.seconds("early") - NEWCOMER_SECONDS}


def test_who_leaves_and_comes_back_keeps_what_it_has_had() -> None:
    fair = FairShare()
    fair.join("greedy")
    fair.join("modest")
    begun = fair.seconds("modest")
    fair.charge({"greedy": 1}, 50.0)
    fair.leave("greedy")
    fair.join("greedy")
    assert fair.seconds("greedy") == begun + 50.0
    assert fair.seconds("modest") == begun


def test_an_empty_engine_goes_on_from_where_it_was() -> None:
    fair = FairShare()
    fair.join("a")
    fair.charge({"a": 1}, 7.0)
    fair.leave("a")
    fair.join("b")
    assert fair.seconds("b") == fair.seconds("a") - NEWCOMER_SECONDS


def test_not_everybody_is_remembered_for_ever() -> None:
    fair = FairShare()
    for n in range(2 * fair_share._REMEMBERED):
        fair.join(str(n))
        fair.leave(str(n))
    assert len(fair._seconds) <= fair_share._REMEMBERED + 1


def test_what_somebody_has_of_other_engines_counts_here() -> None:
    fair = FairShare()
    for address in ("hog", "modest"):
        fair.join(address)
    begun = fair.seconds("hog")
    fair.charge_elsewhere({"hog": 3.0, "who is not here": 5.0})
    assert fair.seconds("hog") - begun == 3.0
    assert fair.seconds("modest") == begun
    fair.charge({"hog": 1, "modest": 1}, 2.0)
    assert fair.charged() == {"hog": 1.0, "modest": 1.0}, "and is not told as had of this one"
    fair.leave("hog")
    assert fair.charged() == {"modest": 1.0}
