"""What this app changes in Gradio's sessions; tests/ui/test_gradio_compat.py has the other contracts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import gradio as gr
import pytest
from gradio.blocks import BlocksConfig
from gradio.state_holder import SessionState
from gradio.utils import MatplotlibBackendMananger

from gpt2core.ui import gradio_compat


@pytest.fixture
def configuration(monkeypatch: pytest.MonkeyPatch) -> Callable[[], SessionState]:
    """Begins a session on a page of two parts, one of which keeps a state."""
    for name in ("__init__", "_update_config", "_update_value_in_config"):
        monkeypatch.setattr(SessionState, name, getattr(SessionState, name))  # as it was, afterwards
    parts = [gr.HTML("a part", render=False), gr.State(3, render=False)]
    config = BlocksConfig(cast(gr.Blocks, SimpleNamespace(renderables=[])))
    config.blocks = {part._id: part for part in parts}
    blocks = cast(gr.Blocks, SimpleNamespace(default_config=config, blocks=config.blocks))
    return lambda: SessionState(blocks)


def test_gradio_keeps_the_whole_page_of_each_visitor(configuration: Callable[[], SessionState]) -> None:
    assert len(configuration().config_values) == 2, "Gradio has mended this: keep_sessions_small may go"


def test_a_session_starts_empty_and_keeps_what_changes(configuration: Callable[[], SessionState]) -> None:
    gradio_compat.keep_sessions_small()
    session, other = configuration(), configuration()
    assert session.config_values == {}
    state = next(n for n, part in session.blocks_config.blocks.items() if isinstance(part, gr.State))
    session[state] = 4
    assert (session[state], other[state]) == (4, 3)
    assert list(session.config_values) == [state]


def test_what_a_call_hands_on_is_not_kept_either(configuration: Callable[[], SessionState]) -> None:
    handed_on = configuration()
    first = next(iter(handed_on.blocks_config.blocks))
    handed_on._update_value_in_config(first, "text")
    assert handed_on.config_values[first]["props"]["value"] == "text", "what Gradio keeps is read elsewhere"
    gradio_compat.keep_sessions_small()
    session = configuration()
    session._update_value_in_config(first, "text")
    session._update_config(first)
    assert session.config_values == {}


def test_nobody_looks_for_matplotlib_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Around each event Gradio asks for it, through all of Python's folders where it is missing."""
    looked: list[str] = []

    class Finder:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            looked.append(name)

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    monkeypatch.setitem(sys.modules, "matplotlib", sys)  # so that it is as it was, afterwards
    del sys.modules["matplotlib"]
    with MatplotlibBackendMananger():
        pass
    assert "matplotlib" in looked, "Gradio has mended this: without_matplotlib may go"
    looked.clear()
    gradio_compat.without_matplotlib()  # what it sets is taken back with what was deleted
    with MatplotlibBackendMananger():
        pass
    assert looked == []
