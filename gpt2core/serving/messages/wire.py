"""What passes between the server and the engine's process, each a pickled message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gpt2core.serving.messages.events import Event
from gpt2core.serving.messages.requests import Request, Visitor

LISTEN_SECONDS = 0.2  # how often it is asked, on both sides, whether anybody still listens


@dataclass(frozen=True)
class Run:
    """Begin a job. `job_id` names it in all that follows, and in both logs."""

    job_id: int
    request: Request
    visitor: Visitor


@dataclass(frozen=True)
class Cancel:
    """Nobody waits for the job any more."""

    job_id: int


@dataclass(frozen=True)
class Close:
    """Take no new job; those that run may go on for so long."""

    seconds: float


ToEngine: TypeAlias = Run | Cancel | Close


@dataclass(frozen=True)
class Progress:
    job_id: int
    event: Event


@dataclass(frozen=True)
class Ended:
    """Nothing more comes of the job."""

    job_id: int


@dataclass(frozen=True)
class EngineStatus:
    """How an engine does. `steps_decoded` stands still when nothing runs; `broken` means that its device
    takes no more work from this process."""

    device_name: str = ""
    steps_decoded: int = 0
    running: int = 0
    waiting: int = 0
    broken: bool = False


FromEngine: TypeAlias = Progress | Ended | EngineStatus
