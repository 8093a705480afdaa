"""The inside of a process that stays and answers commands: what it measures is warm, and it can take turns
with others. Standard library only: it serves another virtual environment, too."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping


def serve(commands: Mapping[str, Callable[..., object]]) -> None:
    """Answers commands from stdin, a JSON object a line, until it ends; answers go to the file descriptor
    that the process is started with."""
    with os.fdopen(int(sys.argv[1]), "w") as answers:
        for line in sys.stdin:
            arguments = json.loads(line)
            gc.collect()
            answer = commands[arguments.pop("command")](**arguments)
            print(json.dumps(answer), file=answers, flush=True)


def seconds(work: Callable[[], object]) -> float:
    """What it takes; what it has made is dropped after that."""
    begin = time.perf_counter()
    made = work()
    taken = time.perf_counter() - begin
    del made
    return taken
