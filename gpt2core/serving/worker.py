"""The engine's process, from the inside: `python -m gpt2core.serving.worker ADDRESS`, the key on stdin."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Connection

from gpt2core.runtime.settings import configure_logging
from gpt2core.serving.messages import Snapshot
from gpt2core.serving.messages.wire import (
    WATCH_SECONDS,
    Cancel,
    Close,
    Elsewhere,
    Ended,
    FromEngine,
    Progress,
    Run,
    ToEngine,
)

log = logging.getLogger(__name__)
_LAST_EVENTS_SECONDS = 0.3  # for the last events to go out
# It takes all the time there is, with four threads at times, so the server must come first: with a niceness
# of 5 what 29 visitors sent under load was read after 0.46 s, with 15 after 0.2.
_NICENESS = 15


class Worker:
    """Receives requests and runs each in a thread of its own; ends when the server is gone."""

    def __init__(self, connection: Connection[FromEngine, ToEngine]) -> None:
        # torch takes seconds to load; the server, connected, does not wait for it
        from gpt2core.engine import faults
        from gpt2core.serving import service
        from gpt2core.serving.warm_up import warm_up

        self._service, self._reason, self._connection = service, faults.reason, connection
        self._warm_up = warm_up
        self._sending = threading.Lock()
        self._wanted: set[int] = set()  # the ids of jobs that somebody waits for
        self._closed = threading.Event()

    def serve(self) -> None:
        self._service.scheduler(keep_warm=True).store.on_keep = self._send
        self._send(self._service.status())  # it is ready before it begins anybody's job
        self._in_thread(self._report_status)
        self._in_thread(self._warm_up)
        try:
            while True:
                match self._connection.recv():
                    case Run() as run:
                        self._begin(run)
                    case Cancel(job_id):
                        self._wanted.discard(job_id)
                        self._service.cancel(job_id)
                    case Snapshot() as snapshot:
                        self._service.scheduler().store.restore(snapshot)
                    case Elsewhere(had):
                        self._service.scheduler().shares.charge_elsewhere(had)
                    case Close(seconds):
                        self._in_thread(self._close, seconds)
        except (EOFError, OSError):
            os._exit(0)  # the server is gone

    @staticmethod
    def _in_thread(target: Callable[..., None], *args: object) -> None:
        threading.Thread(target=target, args=args, daemon=True).start()

    def _begin(self, run: Run) -> None:
        self._wanted.add(run.job_id)
        try:
            self._in_thread(self._run, run)
        except RuntimeError as error:  # no thread is to be had
            self._fail(run.job_id, error)
            self._end(run.job_id)

    def _run(self, run: Run) -> None:
        job_id = run.job_id
        try:
            self._service.use_one_core()
            events = self._service.run(
                run.request, run.visitor, lambda: job_id in self._wanted, job_id=job_id,
                generated=run.generated,
            )  # fmt: skip
            for event in events:
                if event["stage"] == "error" and event["error"]["code"] == "died":
                    return  # this process makes way for another, which goes on with the job
                self._send(Progress(job_id, event))
        except Exception as error:  # whoever waits must learn of it
            self._fail(job_id, error)
        self._end(job_id)

    def _fail(self, job_id: int, error: Exception) -> None:
        reason = self._reason(error)
        log.error("job %d: failed, %s", job_id, reason.code)
        self._send(Progress(job_id, {"stage": "error", "error": reason.as_dict()}))

    def _end(self, job_id: int) -> None:
        self._wanted.discard(job_id)
        self._send(Ended(job_id))

    def _report_status(self) -> None:
        try:
            while not self._closed.wait(WATCH_SECONDS):
                status = self._service.status()
                self._send(status)
                if status.broken:
                    log.error("the engine takes no more work: this process makes way for another")
                    break
            else:
                return
            self._closed.wait(_LAST_EVENTS_SECONDS)
        except Exception as error:
            log.error("the engine cannot say how it does", exc_info=error)
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
