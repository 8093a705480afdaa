"""The engine's process with faults that a prompt asks for: `python faulty_worker.py FOLDER ADDRESS`, the
key on stdin. What is to happen once leaves a file in FOLDER.

The faults are real: the process kills itself, its decoding thread ends or hangs, or none is to be had.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gpt2core.engine.batch import Batch
from gpt2core.serving import service
from gpt2core.serving.messages import Event, GenerateRequest
from gpt2core.serving.worker import main

KILLS = "This prompt kills its process"  # each time
ENDS_THREAD = "This prompt ends the decoding thread"  # once, as all that follow
WEDGES_THREAD = "This prompt wedges the decoding thread"
NO_THREAD = "This prompt has no thread started"
folder = Path()
_next_step: list[str] = []  # what the decoding thread is to do instead of its next step


def once(fault: str) -> bool:
    try:
        (folder / fault.replace(" ", "_")).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def run(request: Any, *args: Any, **more: Any) -> Iterator[Event]:
    prompt = request.prompt if isinstance(request, GenerateRequest) else ""
    if prompt in (ENDS_THREAD, WEDGES_THREAD) and once(prompt):
        _next_step.append(prompt)
    if prompt == NO_THREAD and once(prompt):
        raise RuntimeError("can't start new thread")
    for event in real_run(request, *args, **more):
        if prompt == KILLS and event["stage"] == "generate":
            os.kill(os.getpid(), signal.SIGKILL)
        yield event


def decode(self: Batch, owners: Collection[str] | None = None) -> bool:
    if _next_step and threading.current_thread().name == "decoding":
        if _next_step.pop() == ENDS_THREAD:
            raise SystemExit
        time.sleep(600)
    return real_decode(self, owners)


if __name__ == "__main__":
    real_run, service.run = service.run, run
    real_decode = Batch.decode
    Batch.decode = decode  # type: ignore[method-assign]
    folder = Path(sys.argv.pop(1))
    main()
