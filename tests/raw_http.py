"""Requests as they are written: httpx and browsers resolve `..` in a path before they send it."""

from __future__ import annotations

import http.client


def get(server: str, target: str) -> tuple[int, str]:
    """Status and text of the answer to `GET target`, which is sent as it stands."""
    connection = http.client.HTTPConnection(server.removeprefix("http://").rstrip("/"), timeout=20)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()
