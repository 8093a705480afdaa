"""What huggingface_hub asks of the Hugging Face Hub for one file, answered on this machine."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def hub_with(
    path: str, commit: str, data: bytes, *, broken_after: int | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it was asked, as it goes: a line each, with the token if one came. The first
    answer with the file ends after `broken_after` bytes."""
    asked: list[str] = []
    broken = [broken_after] if broken_after is not None else []

    class Answer(BaseHTTPRequestHandler):
        def log_message(self, *said: object) -> None:
            pass

        def _head(self) -> tuple[int, int] | None:
            token = self.headers.get("Authorization", "")
            asked.append(" ".join([self.command, self.path, self.headers.get("Range", ""), token]).strip())
            if self.path != path:
                self.send_error(404)
                return None
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            first = int(wanted[1]) if wanted else 0
            self.send_response(206 if wanted else 200)
            if wanted:
                self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
            self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", commit)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(data) - first))
            self.end_headers()
            return first, len(data)

        def do_HEAD(self) -> None:
            self._head()

        def do_GET(self) -> None:
            part = self._head()
            if part is not None:
                end = part[0] + broken.pop() if broken else part[1]
                self.wfile.write(data[part[0] : end])
            self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
