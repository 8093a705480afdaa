"""Who tries to get at what is not theirs, or to fill the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import psutil
import raw_http
from client import Client
from orders import API_ORDER, DEFAULTS


async def trespass(client: Client, n: int) -> list[str]:
    """Uploads, paths out of the house, and a foreign page: what got through."""
    through = []
    blob = b"x" * 1_000_000
    for _ in range(n):
        status = await _send_much(client, "upload", files={"files": ("a.bin", blob)})
        if status < 400:
            through.append(f"upload: {status}")
    for path in ("reset", "cancel", "queue/join", "login", "component_server"):
        status = await _send_much(client, path, content=blob * 3)
        if status < 400:
            through.append(f"a large body at {path}: {status}")
    page = (await client.http.get(client.url)).text
    files = f"live/{page.partition('/live/')[2][:12]}/"  # the version is a part of the way
    for path in ("../app.py", "../../app.py", "..%2f..%2fapp.py", "/etc/passwd", "....//....//app.py",
                 "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd"):  # fmt: skip
        for route in (files, "gradio_api/file=", "static/", "assets/", "theme/", "gradio_api/proxy="):
            _, text = await asyncio.to_thread(raw_http.get, client.url, f"/{route}{path}")
            if "import gradio" in text or "root:" in text:
                through.append(f"{route}{path}")
    headers = {"Origin": "https://evil.example", "Cookie": "a=b"}
    body = {"data": [DEFAULTS[name] for name in API_ORDER[:7]]}
    answer = await client.http.post(f"{client.url}/gradio_api/call/analyze", json=body, headers=headers)
    if answer.headers.get("access-control-allow-origin") in ("*", "https://evil.example"):
        through.append("a foreign page may read the answer")
    return through


async def _send_much(client: Client, path: str, **content: Any) -> int:
    """The status of the answer; a connection that is closed in the middle of the body is a refusal, too."""
    try:
        return (await client.http.post(f"{client.url}/gradio_api/{path}", **content)).status_code
    except (httpx.ReadError, httpx.WriteError):
        return 413


def tree_bytes(pid: int) -> int:
    """Memory of a process and its children."""
    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)])


def folder_bytes(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
