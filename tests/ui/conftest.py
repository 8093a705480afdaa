"""What holds for every test that lays out a page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def no_loop_left_open() -> Iterator[None]:
    """Where no event loop runs, Gradio makes one for each of its locks and leaves it open: whichever test
    runs when that is collected would fail. Such calls belong into `run_async`."""
    real = asyncio.set_event_loop

    def refuse(loop: asyncio.AbstractEventLoop | None) -> None:
        if threading.current_thread() is not threading.main_thread():
            real(loop)
            return
        if loop is not None:
            loop.close()
        raise AssertionError("an event loop that nobody closes: this belongs into run_async")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asyncio, "set_event_loop", refuse)
        yield
