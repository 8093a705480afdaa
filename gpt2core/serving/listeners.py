"""Whether anybody still listens to a job, asked for all jobs in one thread: a hundred threads that each
woke five times a second to ask took an eighth of what the server computes for a class.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from gpt2core.serving.messages.wire import LISTEN_SECONDS

log = logging.getLogger(__name__)
_Watched: TypeAlias = tuple[Callable[[], bool], Callable[[], None]]


class Listeners:
    """Its thread begins with the first that is watched, and rests while there is none."""

    def __init__(self, seconds: float = LISTEN_SECONDS) -> None:
        self._seconds = seconds
        self._changed = threading.Condition()
        self._watched: list[_Watched] = []
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, listening: Callable[[], bool], left: Callable[[], None]) -> Iterator[None]:
        """Calls `left`, perhaps more than once, when `listening` says no."""
        watched = (listening, left)
        with self._changed:
            if self._thread is None:
                thread = threading.Thread(target=self._look, name="listeners", daemon=True)
                thread.start()  # where the system gives no thread, the next who comes tries again
                self._thread = thread
            self._watched.append(watched)
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._watched.remove(watched)

    def _look(self) -> None:
        while True:
            with self._changed:
                while not self._watched:
                    self._changed.wait()
                watched = list(self._watched)
            for listening, left in watched:
                try:
                    if not listening():
                        left()
                except Exception as error:  # the others are watched nevertheless
                    log.error("cannot tell whether somebody listens", exc_info=error)
            time.sleep(self._seconds)


LISTENERS = Listeners()
