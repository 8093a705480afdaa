"""What this app changes of Gradio's queue."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import gradio as gr
from run_async import run_async

from gpt2core.ui import gradio_compat


def test_an_empty_queue_is_looked_at_seldom() -> None:
    blocks = run_async(_empty())
    gradio_compat.rest_between_looks(blocks, 0.02)
    asked: list[float] = []

    async def looks() -> None:
        real = asyncio.sleep

        async def sleep(seconds: float) -> None:
            asked.append(seconds)
            await real(0)
            if len(asked) == 3:
                blocks._queue.stopped = True

        with patch.object(asyncio, "sleep", sleep):
            await blocks._queue.start_processing()

    run_async(looks())
    assert asked == [0.02] * 3


async def _empty() -> gr.Blocks:
    blocks = gr.Blocks()
    blocks.queue()
    return blocks
