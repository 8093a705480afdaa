"""A real server for the tests that need one, and a small model for those that need a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from app_process import start_server
from shapes import TINY

from gpt2core import BuiltModel, build
from gpt2core.engine.scheduler import Scheduler
from gpt2core.serving import service

# What takes minutes and is run by its path alone.
SOAK = "soak"
# The folders whose tests have a marker of their own, in the order in which they run; all others are unit
# tests, and come first.
MARKED = ("browser", "load")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder != SOAK:
            item.add_marker(folder if folder in MARKED else "unit")
    items.sort(key=lambda item: [item.get_closest_marker(tier) is not None for tier in reversed(MARKED)])


@pytest.fixture(scope="session", autouse=True)
def one_core() -> None:
    """Small models are computed sooner by one thread than by two that wait for each other."""
    service.use_one_core()


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[psutil.Process, str]]:
    """The app's process, and its address, ending in a slash."""
    # A test may hold the engine still for as long as it looks: it is not to be replaced meanwhile.
    process, url = start_server(GPT2_ANATOMY_STALL_SECONDS="60")
    yield psutil.Process(process.pid), url
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="session")
def server(running: tuple[psutil.Process, str]) -> str:
    """The app's address, ending in a slash."""
    return running[1]


@pytest.fixture
def computing(running: tuple[psutil.Process, str]) -> Iterator[psutil.Process]:
    """The process that computes: `suspend()` holds all of it still, for the test at most."""
    (worker,) = running[0].children()
    yield worker
    with suppress(psutil.NoSuchProcess):  # it was killed
        worker.resume()


@pytest.fixture(scope="session")
def tiny() -> BuiltModel:
    return build(TINY, device="cpu")


@pytest.fixture
def serving() -> Iterator[Scheduler]:
    s = Scheduler(limit_bytes=2**30, device="cpu")
    yield s
    s.close(1)
