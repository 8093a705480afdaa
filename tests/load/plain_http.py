"""HTTP/1.1 as far as many visitors at once need it. A library takes as long for a hundred of them as the
server does, and on the same cores."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

TIMEOUT_SECONDS = 300.0  # without a byte


@dataclass(frozen=True)
class Answer:
    status_code: int
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


async def post(url: str, path: str, content: object, headers: Mapping[str, str]) -> Answer:
    body = json.dumps(content).encode()
    sent = {"Content-Type": "application/json", "Content-Length": str(len(body))} | dict(headers)
    async with _exchange(url, "POST", path, sent, body) as (status, chunks):
        return Answer(status, b"".join([chunk async for chunk in chunks]).decode())


async def lines(url: str, path: str, headers: Mapping[str, str]) -> AsyncGenerator[str]:
    """Of what a GET answers, as they come."""
    rest = b""
    async with _exchange(url, "GET", path, headers, b"") as (_, chunks):
        async for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line.decode()


@asynccontextmanager
async def _exchange(
    url: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
    """The answer's status and the pieces of its body, over a connection of its own."""
    host, port = url.removeprefix("http://").strip("/").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        fields = {"Host": f"{host}:{port}", "Connection": "close"} | dict(headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        target = quote(path, safe="/?=&%")
        writer.write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            answered = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        chunked = "transfer-encoding: chunked" in answered
        yield int(answered.split(maxsplit=2)[1]), _chunks(reader) if chunked else _until_closed(reader)
    finally:
        writer.close()


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            n_bytes = int(await reader.readline(), 16)
            chunk = await reader.readexactly(n_bytes + 2)  # with its line's end
        if not n_bytes:
            return
        yield chunk[:-2]


async def _until_closed(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        yield await reader.read()
