"""What this app changes of Gradio's queue."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import gradio as gr
import pytest
from run_async import run_async

from gpt2core.ui import gradio_compat


@pytest.mark.parametrize(("look", "seconds"), [("start_processing", 0.02), ("start_progress_updates", 3.0)])
def test_an_empty_queue_is_looked_at_seldom(look: str, seconds: float) -> None:
    blocks = run_async(_empty())
    gradio_compat.rest_between_looks(blocks, 0.02, 3.0)
    asked: list[float] = []

    async def looks() -> None:
        real = asyncio.sleep

        async def sleep(seconds: float) -> None:
            asked.append(seconds)
            await real(0)
            if len(asked) == 3:
                blocks._queue.stopped = True

        with patch.object(asyncio, "sleep", sleep):
            await getattr(blocks._queue, look)()

    run_async(looks())
    assert asked == [seconds] * 3


async def _empty() -> gr.Blocks:
    blocks = gr.Blocks()
    blocks.queue()
    return blocks
