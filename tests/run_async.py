"""Runs a coroutine from a test."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Found = TypeVar("Found")


def run_async(coroutine: Coroutine[Any, Any, Found]) -> Found:
    """In a thread of its own: `asyncio.run` would take the event loop away that Gradio and playwright have
    set for this one, and an unclosed loop fails whichever test is running when it is collected."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()
