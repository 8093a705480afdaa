"""How many event streams may be open at one time."""

from __future__ import annotations

import asyncio
import json

import pytest
from run_async import run_async
from starlette.types import Message, Receive, Scope, Send

from gpt2core.i18n import t
from gpt2core.ui.server import open_counter
from gpt2core.ui.server.middleware.stream_limit import StreamLimit

DATA, CALL = "/gradio_api/queue/data", "/gradio_api/call/generate/0123"


async def statuses(asked: list[tuple[str, str]], per_address: int, total: int) -> list[int]:
    """Of GETs of these addresses and paths, all of which stay open; then they end, and the last is asked
    once more."""
    ended, found = asyncio.Event(), list[int]()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await ended.wait()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if "status" in message:
            found.append(message["status"])
        elif message["body"]:
            assert json.loads(message["body"])["error"] == t("error.streams", "en")

    limit = StreamLimit(stream, per_address, total)

    def ask(address: str, path: str) -> asyncio.Task[None]:
        scope = {"type": "http", "method": "GET", "path": path, "client": (address, 1), "headers": []}
        return asyncio.create_task(limit(scope, receive, send))

    tasks = []
    for each in asked:
        tasks.append(ask(*each))
        await asyncio.sleep(0)
    ended.set()
    await asyncio.gather(*tasks)
    await ask(*asked[-1])
    assert not limit._open._open
    return found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ([("a", DATA)] * 3, [200, 200, 429, 200]),
        ([("a", DATA), ("a", CALL), ("a", CALL)], [200, 200, 429, 200]),
        ([("2001:db8::1", DATA), ("2001:db8::2", DATA), ("2001:db8::3", DATA)], [200, 200, 429, 200]),
        ([("a", DATA), ("a", DATA), ("b", DATA), ("c", DATA)], [200, 200, 200, 429, 200]),
        ([("a", "/health")] * 3, [200, 200, 200, 200]),
    ],
)
def test_an_address_has_so_many_and_all_together_have(
    asked: list[tuple[str, str]], found: list[int]
) -> None:
    assert run_async(statuses(asked, per_address=2, total=3)) == found


def test_who_is_turned_away_takes_no_place() -> None:
    counter = open_counter.OpenCounter(per_address=1, total=5)
    with counter.one_more("a") as first, counter.one_more("a") as second:
        assert (first, second) == (True, False)
    assert not counter._open
