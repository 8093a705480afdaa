"""Reads a request's body before Gradio does: within a time, and no more than is taken."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.types import Message, Receive, Scope

from gpt2core.ui.server.limits import BODY_SECONDS, MOST_BYTES


class TooLong(Exception):
    """The body has more than MOST_BYTES."""


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises TooLong, and TimeoutError where it takes longer than BODY_SECONDS."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if announced.isdigit() and (len(announced) > 18 or int(announced) > MOST_BYTES):
        raise TooLong  # before any of it is read
    body, more = bytearray(), True
    async with asyncio.timeout(BODY_SECONDS):
        while more:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > MOST_BYTES:
                raise TooLong
            more = message.get("more_body", False)
    return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """What has been read already, and then whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


def call_in(body: bytes) -> dict[str, Any]:
    """The call that a body makes; empty where Gradio will say what is wrong with it."""
    try:
        call = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return call if isinstance(call, dict) else {}
