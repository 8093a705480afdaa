"""What is kept of a visitor: the state of their parts, and nothing of the rest of the page."""

from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.blocks import BlocksConfig
from gradio.state_holder import SessionState

from gpt2core.ui import gradio_compat


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(SessionState, "__init__", SessionState.__init__)  # as it was, afterwards
    parts = [gr.HTML("a part", render=False), gr.State(3, render=False)]
    config = BlocksConfig(SimpleNamespace(renderables=[]))
    config.blocks = {part._id: part for part in parts}
    return SimpleNamespace(default_config=config, blocks=config.blocks, state=parts[1]._id)


def test_gradio_keeps_the_whole_page_of_each_visitor(page):
    assert len(SessionState(page).config_values) == 2, "Gradio has mended this: ui/gradio_compat.py may go"


def test_a_session_starts_empty_and_keeps_what_changes(page):
    gradio_compat.keep_sessions_small()
    session, other = SessionState(page), SessionState(page)
    assert session.config_values == {}
    session[page.state] = 4
    assert (session[page.state], other[page.state]) == (4, 3)
    assert list(session.config_values) == [page.state]
