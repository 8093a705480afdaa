"""What must be so before the rest is imported, and one sentence where it is not.

Read by whatever Python somebody starts app.py with, so nothing newer than 3.7 is used at first.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import tempfile
from pathlib import Path

OLDEST_PYTHON = (3, 11)
_HOST, _PORT = "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"


def check(requirements: Path) -> None:
    """Ends the program with a sentence about the first thing that is in the way."""
    found = obstacle(requirements)
    if found:
        sys.exit(found)


def obstacle(requirements: Path) -> str | None:
    """What is in the way of a start, if anything is."""
    if sys.version_info < OLDEST_PYTHON:
        needed, this = ".".join(map(str, OLDEST_PYTHON)), sys.version.partition(" ")[0]
        return (
            f"Python {needed} or newer is needed, and this is Python {this}: see the README's two commands."
        )
    missing = [name for name in _names(requirements) if not _is_installed(name)]
    if missing:
        command = f"{sys.executable} -m pip install -r {requirements.name}"
        return f"Not installed for this Python: {', '.join(missing)}. To install what is needed: {command}"
    port = os.environ.get(_PORT, "0")
    if not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65_535:
        return f"{_PORT}={port} is no port: it must be a whole number from 0 to 65535"
    host = os.environ.get(_HOST, "127.0.0.1")
    try:  # Gradio would take the next free port in its place
        socket.create_server((host, int(port))).close()
    except OSError as error:
        return f"The page cannot be served at {_HOST}={host}, {_PORT}={port}: {error.strerror}"
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return "There is no folder for temporary files that can be written to: name one with TMPDIR."
    try:
        from gpt2core.runtime import settings  # noqa: F401  (reads the environment)
    except ValueError as error:
        return str(error)
    return None


def _names(requirements: Path) -> list[str]:
    """The packages that are needed everywhere (a marker says where not)."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return [re.split(r"[=<>~!]", line)[0].strip() for line in lines if line.strip() and ";" not in line]


def _is_installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version  # newer than the oldest Python 3

    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
