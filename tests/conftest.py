"""A real server for the tests that need one, and a small model for those that need a model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import start_server

from gpt2core import BuiltModel, GPTConfig, build


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The app's address, ending in a slash."""
    process, url = start_server()
    yield url
    process.terminate()
    process.wait(20)


TINY = GPTConfig(n_layer=2, n_head=2, n_embd=32, block_size=48, vocab_size=400)


@pytest.fixture(scope="session")
def tiny() -> BuiltModel:
    return build(TINY, device="cpu")
