"""The engine's process, from the inside: `python -m gpt2core.serving.worker ADDRESS`, the key on stdin."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Connection

from gpt2core.runtime.settings import configure_logging
from gpt2core.serving.messages import Request, Visitor
from gpt2core.serving.messages.wire import (
    Cancel,
    Close,
    Ended,
    EngineStatus,
    FromEngine,
    Progress,
    Run,
    ToEngine,
)

log = logging.getLogger(__name__)
_STATUS_SECONDS = 0.2  # how often it says how it does
_LAST_EVENTS_SECONDS = 0.3  # for the last events to go out
_NICENESS = 5  # it takes all the time there is, so the server must come first


class Worker:
    """Receives requests and runs each in a thread of its own; ends when the server is gone."""

    def __init__(self, connection: Connection[FromEngine, ToEngine]) -> None:
        # torch takes seconds to load; the server, connected, does not wait for it
        from gpt2core.engine import faults
        from gpt2core.serving import service

        self._service, self._reason, self._connection = service, faults.reason, connection
        self._sending = threading.Lock()
        self._wanted: set[int] = set()  # the ids of jobs that somebody waits for
        self._closed = threading.Event()

    def serve(self) -> None:
        self._in_thread(self._report_status)
        self._in_thread(self._service.warm_up)
        try:
            while True:
                match self._connection.recv():
                    case Run(job_id, request, visitor):
                        self._wanted.add(job_id)
                        self._in_thread(self._run, job_id, request, visitor)
                    case Cancel(job_id):
                        self._wanted.discard(job_id)
                    case Close(seconds):
                        self._in_thread(self._close, seconds)
        except (EOFError, OSError):
            os._exit(0)  # the server is gone

    @staticmethod
    def _in_thread(target: Callable[..., None], *args: object) -> None:
        threading.Thread(target=target, args=args, daemon=True).start()

    def _run(self, job_id: int, request: Request, visitor: Visitor) -> None:
        try:
            self._service.use_one_core()
            events = self._service.run(request, visitor, lambda: job_id in self._wanted, job_id=job_id)
            for event in events:
                self._send(Progress(job_id, event))
        except Exception as error:  # whoever waits must learn of it
            reason = self._reason(error)
            log.error("job %d: failed, %s", job_id, reason.code)
            self._send(Progress(job_id, {"stage": "error", "error": reason.as_dict()}))
        finally:
            self._send(Ended(job_id))
            self._wanted.discard(job_id)

    def _report_status(self) -> None:
        sent: EngineStatus | None = None
        while not self._closed.wait(_STATUS_SECONDS if sent else 0):
            status = self._service.status()
            if status != sent:
                self._send(status)
                sent = status
            if status.broken:  # the server starts another process, which gets the device anew
                log.error("the device takes no more work: this process ends")
                self._closed.wait(_LAST_EVENTS_SECONDS)
                os._exit(1)

    def _close(self, seconds: float) -> None:
        self._service.close(seconds)
        self._closed.wait(_LAST_EVENTS_SECONDS)
        os._exit(0)

    def _send(self, message: FromEngine) -> None:
        with self._sending:
            try:
                self._connection.send(message)
            except OSError:
                os._exit(0)


def main() -> None:
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_NICENESS)
    configure_logging()
    key = bytes.fromhex(sys.stdin.read().strip())
    Worker(Client(sys.argv[1], authkey=key)).serve()


if __name__ == "__main__":
    main()
