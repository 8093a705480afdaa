"""Jobs of many visitors, posted in one moment."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any


async def burst(url: str, bodies: list[dict[str, Any]]) -> list[tuple[float, int, str]]:
    """Posts jobs over connections that are open already, all in one moment: seconds until the answer, its
    status, its text. Byte by byte, because an HTTP library takes longer for hundreds than the server."""
    host, port = url.removeprefix("http://").strip("/").split(":")
    ways = [await asyncio.open_connection(host, int(port)) for _ in bodies]
    head = "POST /gradio_api/queue/join HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    posts = []
    for body in bodies:
        content = json.dumps(body)
        posts.append(f"{head}Connection: close\r\nContent-Length: {len(content)}\r\n\r\n{content}".encode())
    start = time.perf_counter()
    for (_, writer), post in zip(ways, posts, strict=True):
        writer.write(post)

    async def answer(reader: asyncio.StreamReader) -> tuple[float, int, str]:
        first = await reader.readline()
        seconds = time.perf_counter() - start
        rest = (await reader.read()).decode()
        return seconds, int(first.split()[1]), rest.partition("\r\n\r\n")[2]

    answers = await asyncio.gather(*[answer(reader) for reader, _ in ways])
    for _, writer in ways:
        writer.close()
    return list(answers)
