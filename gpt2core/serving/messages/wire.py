"""What passes between the server and the engine's process, each a pickled message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from gpt2core.serving.messages.events import Event
from gpt2core.serving.messages.requests import Request, Rows, Visitor
from gpt2core.serving.messages.training import Snapshot

WATCH_SECONDS = 0.2  # how often an engine says how it does
LISTEN_SECONDS = 0.2  # how often it is asked, on both sides, whether anybody still listens


@dataclass(frozen=True)
class Run:
    """Begin a job, or go on with one whose rows were `generated` so far. `job_id` names it in all that
    follows, and in both logs."""

    job_id: int
    request: Request
    visitor: Visitor
    generated: Rows = ()


@dataclass(frozen=True)
class Cancel:
    """Nobody waits for the job any more."""

    job_id: int


@dataclass(frozen=True)
class Close:
    """Take no new job; those that run may go on for so long."""

    seconds: float


@dataclass(frozen=True)
class Elsewhere:
    """So many more seconds each address has had of other engines."""

    seconds: dict[str, float]


# A snapshot that an earlier process has taken goes to the next one.
ToEngine: TypeAlias = Run | Cancel | Close | Elsewhere | Snapshot


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
    """How an engine does, sent so often that its silence says something. `steps_decoded` stands still when
    nothing runs; `broken` means that this process has to make way for another. Tokens are those of
    engine/counters.py."""

    device_name: str = ""
    dtypes: tuple[str, ...] = ()  # the number formats it offers, first the one to begin with
    steps_decoded: int = 0
    tokens_generated: int = 0
    tokens_prefilled: int = 0
    tokens_resumed: int = 0
    running: int = 0
    waiting: int = 0
    broken: bool = False
    reserved_bytes: int = 0  # by the model pool
    kept_bytes: int = 0  # of those taken: free, for the next model
    limit_bytes: int = 0
    taken_bytes: int = 0  # by the process on a CPU, by tensors on a GPU
    # Seconds of it that each address that is here has had since it came.
    seconds_had: dict[str, float] = field(default_factory=dict)


FromEngine: TypeAlias = Progress | Ended | EngineStatus | Snapshot
