"""Nothing is computed for those who do not listen, and all who do are heard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import cast

import gradio as gr
import pytest
from eventually import eventually
from starlette.types import Receive, Scope, Send
from submitting import Clock

from gpt2core import ConfigError
from gpt2core.ui import presence
from gpt2core.ui.presence import Presence
from gpt2core.ui.server.middleware.presence import PresenceMiddleware


def caller(session: str) -> gr.Request:
    return cast(gr.Request, SimpleNamespace(session_hash=session))


async def nothing(*_: object) -> None:
    raise AssertionError("a stream that only listens is neither read nor written here")


@contextmanager
def opened(session: str) -> Iterator[None]:
    """The event stream of a session is open meanwhile, as a browser keeps it."""
    close = threading.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(close.wait)

    scope = {"type": "http", "method": "GET", "path": "/gradio_api/queue/data",
             "query_string": f"session_hash={session}".encode()}  # fmt: skip
    listening = threading.Thread(
        target=lambda: asyncio.run(PresenceMiddleware(stream)(scope, cast(Receive, nothing), nothing))
    )
    listening.start()
    eventually(lambda: presence._open[session])
    yield
    close.set()
    listening.join()


def test_two_jobs_of_one_session_are_both_told_when_it_comes_to_listen() -> None:
    told: list[None] = []

    def wait() -> None:
        Presence(caller("two")).wait()
        told.append(None)

    jobs = [threading.Thread(target=wait) for _ in range(2)]
    for job in jobs:
        job.start()
    eventually(lambda: len(presence._awaited.get("two", ())) == 2)
    assert not told
    with opened("two"):
        for job in jobs:
            job.join(10)
        assert len(told) == 2
    assert not presence._awaited


def test_who_never_comes_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_PAGE_SECONDS", 0.2)
    with pytest.raises(ConfigError) as refused:
        Presence(caller("nobody")).wait()
    assert refused.value.code == "unheard"
    assert not presence._awaited


def test_who_leaves_is_missed_soon_but_not_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Clock()
    monkeypatch.setattr(presence, "time", SimpleNamespace(monotonic=now))
    with opened("leaver"):
        there = Presence(caller("leaver"))
        there.wait()
        assert there.listening()
    now.seconds += presence._GONE_SECONDS * 0.9
    assert there.listening(), "between two streams of one page"
    now.seconds += presence._GONE_SECONDS * 0.2
    assert not there.listening()
