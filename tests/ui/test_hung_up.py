"""Callers who leave in the middle: nothing more is computed for them, and nothing is noted as a failure."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, cast

import gradio as gr
import pytest
from serving.engines import EngineHere
from shapes import TINY

from gpt2core.ui import api, dispatch
from gpt2core.ui.components.lab import LAB_FIELDS
from gpt2core.ui.labs import repeats
from gpt2core.ui.presence import Presence

SHAPE = {name: getattr(TINY, name) for name in ("n_layer", "n_head", "n_embd", "block_size", "vocab_size")}
VALUES = SHAPE | {"bias": True, "tie_weights": True, "seed": 0, "dtype": "float32", "weights": "random"}
VALUES |= {"prompt": "on", "layer": 1}
CALLER = cast(gr.Request, None)


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> EngineHere:
    engine = EngineHere()
    monkeypatch.setattr(dispatch, "ENGINE", engine)
    return engine


def listening(monkeypatch: pytest.MonkeyPatch, looks: int) -> None:
    """The caller is there for so many looks, and nobody waits for them to come back."""
    monkeypatch.setattr(Presence, "wait", lambda self: None)
    left: Iterator[bool] = iter([True] * looks)
    monkeypatch.setattr(Presence, "listening", lambda self: next(left, False))


@pytest.mark.parametrize("looks", range(1, 8))
def test_who_leaves_the_first_run_of_a_lab_is_not_run_for_again(
    monkeypatch: pytest.MonkeyPatch, engine: EngineHere, looks: int, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(repeats, "_TOKENS", 4000)  # no machine is done with them after so few looks
    listening(monkeypatch, looks)
    values = VALUES | {"block_size": 4096}
    shown: list[Any] = list(repeats.run("en", CALLER, *(values[name] for name in LAB_FIELDS)))
    assert all(event["stage"] != "lab_shown" for event in shown)
    assert len(engine.asked) == 1
    assert "unexpected" not in caplog.text


def test_who_stays_sees_both_runs(engine: EngineHere) -> None:
    *_, last = repeats.run("en", CALLER, *(VALUES[name] for name in LAB_FIELDS))
    assert last["stage"] == "lab_shown"
    assert len(engine.asked) == 2


def test_who_leaves_a_build_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    listening(monkeypatch, 0)
    with caplog.at_level(logging.INFO), pytest.raises(gr.Error, match="left before"):
        # Nobody has built it, and no machine has before the caller is missed.
        api.build(**SHAPE | {"n_layer": 48, "n_embd": 256, "n_head": 4, "seed": 4321})
    assert "unexpected" not in caplog.text
