"""Jobs are counted from the door to their end, each by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import gradio as gr
import pytest
from submitting import Clock

from gpt2core.ui import in_flight
from gpt2core.ui.gradio_compat import told_to_handler
from gpt2core.ui.in_flight import InFlight
from gpt2core.ui.presence import ARRIVAL, arrival_of


def test_jobs_are_counted_from_the_door_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Clock()
    monkeypatch.setattr(in_flight, "time", SimpleNamespace(monotonic=now))
    here = InFlight()
    first, second, _ = (here.admit(address, f"s{address}") for address in ("a", "b", "a"))
    with here.running(first), here.running(in_flight.Arrival("c")):
        assert [here.count(address) for address in ("a", "b", "c", None)] == [2, 1, 1, 4]
        assert [here.count(session=session) for session in ("sa", "sb", "nobody")] == [2, 1, 0]
    assert [here.count(address) for address in ("a", "b", "c", None)] == [1, 1, 0, 2]
    here.release(second)
    here.release(second)
    assert here.count() == 1
    here.admit("d").answered = now()
    now.seconds += in_flight._LOST_SECONDS
    assert here.count() == 2
    now.seconds += 0.1
    assert here.count() == 1, (
        "who does not come to listen is forgotten; whom Gradio has not answered is not"
    )


def caller(state: dict[str, object]) -> gr.Request:
    asked = SimpleNamespace(state=SimpleNamespace(**state))
    return cast(
        gr.Request, SimpleNamespace(request=asked, session_hash="s", client=SimpleNamespace(host="::1"))
    )


def test_a_run_that_never_passed_the_door_takes_nobodys_place_off() -> None:
    """The lab of tied and untied weights runs twice for one press."""
    here = InFlight()
    scope: dict[str, dict[str, object]] = {}
    told_to_handler(scope, ARRIVAL, here.admit("school", "s"))
    here.admit("school", "another pupil")
    for _ in ("tied", "untied"):
        with here.running(arrival_of(caller(scope["state"]))):
            assert here.count("school") == 2
        assert here.count("school") == 1
    here.release(arrival_of(caller(scope["state"])))
    assert here.count("school") == 1, "nor does one that is refused"


def test_who_was_not_seen_at_the_door_counts_under_their_address() -> None:
    arrival = arrival_of(caller({}))
    assert (arrival.address, arrival.session) == ("::/64", "s")
