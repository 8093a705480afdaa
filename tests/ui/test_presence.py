"""Nothing is computed for those who do not listen, and all who do are heard."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest

from gpt2core import ConfigError
from gpt2core.ui.server.middleware import presence
from gpt2core.ui.server.middleware.presence import Presence, PresenceMiddleware


def caller(session):
    return SimpleNamespace(session_hash=session)


def opened(session, seconds):
    """Opens the event stream of a session for so long, as a browser does."""

    async def stream(scope, receive, send):
        await asyncio.sleep(seconds)

    scope = {"type": "http", "method": "GET", "path": "/gradio_api/queue/data",
             "query_string": f"session_hash={session}".encode()}  # fmt: skip
    listening = threading.Thread(target=asyncio.run, args=[PresenceMiddleware(stream)(scope, None, None)])
    listening.start()
    return listening


def test_two_jobs_of_one_session_are_both_told_when_it_comes_to_listen():
    told = []

    def wait():
        Presence(caller("two")).wait()
        told.append(time.monotonic())

    jobs = [threading.Thread(target=wait) for _ in range(2)]
    for job in jobs:
        job.start()
    time.sleep(0.2)
    assert not told
    stream = opened("two", 0.5)
    for job in jobs:
        job.join(2)
    assert len(told) == 2
    stream.join()
    assert not presence._awaited


def test_who_never_comes_is_told_so(monkeypatch):
    monkeypatch.setattr(presence, "_PAGE_SECONDS", 0.2)
    with pytest.raises(ConfigError) as refused:
        Presence(caller("nobody")).wait()
    assert refused.value.code == "unheard"
    assert not presence._awaited


def test_who_leaves_is_missed_soon_but_not_at_once():
    stream = opened("leaver", 0.1)
    ear = Presence(caller("leaver"))
    ear.wait()
    assert ear.listening()
    stream.join()
    assert ear.listening(), "between two streams of one page"
    time.sleep(presence._GONE_SECONDS + 0.1)
    assert not ear.listening()
