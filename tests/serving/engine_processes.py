"""Clients whose engine's process tests watch, suspend and kill."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import psutil
from eventually import eventually
from serving.engines import STUB
from shapes import TINY

from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages import Event, GenerateRequest

SHAPE = asdict(TINY)
HANGS = [sys.executable, str(Path(__file__).with_name("hanging_worker.py"))]
ENDLESS = GenerateRequest.parse(SHAPE | {"prompt": "on", "block_size": 60_000, "max_new_tokens": 60_000})


def speak(**more: object) -> GenerateRequest:
    return GenerateRequest.parse(SHAPE | {"prompt": "on on", "max_new_tokens": 9} | more)


@contextmanager
def stub_client() -> Iterator[ProcessEngineClient]:
    """With a process that computes nothing, and is there at once."""
    c = ProcessEngineClient(STUB)
    yield c
    c.close(0)


def begun(events: Iterator[Event]) -> Iterator[Event]:
    """The events that follow the first token."""
    next(e for e in events if e["stage"] == "generate")
    return events


def last_of(events: Iterator[Event]) -> dict[str, Any]:
    *_, last = events
    return cast(dict[str, Any], last)


def process_of(c: ProcessEngineClient) -> psutil.Process:
    """The child process of this client."""

    def look() -> psutil.Process | None:
        process = c.supervisor.process
        return psutil.Process(process.popen.pid) if process and process.popen else None

    return cast(psutil.Process, eventually(look))


def gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def kill(c: ProcessEngineClient) -> psutil.Process:
    process = process_of(c)
    process.kill()
    eventually(lambda: gone(process))
    return process
