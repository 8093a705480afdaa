"""The process that computes, from the inside: `python -m gpt2core.worker ADDRESS`, the key on stdin."""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing.connection import Client, Connection
from typing import Any

from gpt2core.requests import Event, Request, Visitor

_BEAT_SECONDS = 0.2  # how often it says how it does
_LAST_WORDS_SECONDS = 0.3  # for the last events to go out
_NICENESS = 5  # it takes all the time there is, so the server must come first


class Worker:
    """Hears requests and runs each in a thread of its own; ends when the server is gone."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        # torch takes seconds to load; the server, connected, does not wait for it
        from gpt2core import jobs
        from gpt2core.failures import failure

        self._jobs, self._failure, self._connection = jobs, failure, connection
        self._sending = threading.Lock()
        self._wanted: set[int] = set()  # the numbers of jobs that somebody waits for
        self._closed = threading.Event()

    def serve(self) -> None:
        threading.Thread(target=self._beat, daemon=True).start()
        threading.Thread(target=self._jobs.warm_up, daemon=True).start()
        try:
            while True:
                kind, *rest = self._connection.recv()
                if kind == "run":
                    self._wanted.add(rest[0])
                    threading.Thread(target=self._run, args=rest, daemon=True).start()
                elif kind == "cancel":
                    self._wanted.discard(rest[0])
                elif kind == "close":
                    threading.Thread(target=self._close, args=rest, daemon=True).start()
        except (EOFError, OSError):
            os._exit(0)  # the server is gone

    def _run(self, number: int, request: Request, visitor: Visitor) -> None:
        try:
            self._jobs.leave_the_cores()
            for event in self._jobs.run(request, visitor, lambda: number in self._wanted):
                self._send(number, event)
        except Exception as error:  # whoever waits must hear of it
            self._send(number, {"error": self._failure(error).as_dict()})
        finally:
            self._send(number, {})
            self._wanted.discard(number)

    def _beat(self) -> None:
        told: Event = {}
        while not self._closed.wait(_BEAT_SECONDS if told else 0):
            vital = self._jobs.vital()
            if vital != told:
                self._send(0, vital)
                told = vital
            if vital["broken"]:  # the server starts another process, which gets the device anew
                self._closed.wait(_LAST_WORDS_SECONDS)
                os._exit(1)

    def _close(self, seconds: float) -> None:
        self._jobs.close(seconds)
        self._closed.wait(_LAST_WORDS_SECONDS)
        os._exit(0)

    def _send(self, number: int, event: Event) -> None:
        with self._sending:
            try:
                self._connection.send((number, event))
            except OSError:
                os._exit(0)


def main() -> None:
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_NICENESS)
    key = bytes.fromhex(sys.stdin.read().strip())
    Worker(Client(sys.argv[1], authkey=key)).serve()


if __name__ == "__main__":
    main()
