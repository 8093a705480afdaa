"""Does what is done with a model besides decoding, one piece of work at a time, in a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from gpt2core.engine.fair_share import HELD_BACK_SECONDS
from gpt2core.engine.job import Cancelled, Job
from gpt2core.runtime.device import use_cores

log = logging.getLogger(__name__)

# What came of a job's work: its result, or why there is none; neither where it was cancelled.
OnDone: TypeAlias = Callable[[Job, object, Exception | None], None]


class WorkRunner:
    """`start` a job with its work; `on_done` is called from the runner's thread.

    Between two parts of the work the job's address is told what they took (`charge`), and waits while
    others are to have their share (`may_go_on`). `lost` is called when the thread cannot go on.
    """

    def __init__(
        self, may_go_on: Callable[[Job], bool], charge: Callable[[Job, float], None], on_done: OnDone,
        lost: Callable[[], None],
    ) -> None:  # fmt: skip
        self.current: Job | None = None
        self._may_go_on, self._charge, self._on_done, self._lost = may_go_on, charge, on_done, lost
        self._started: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="work", daemon=True)
        self._thread.start()

    def start(self, job: Job) -> None:
        self.current = job
        self._started.put(job)

    def close(self) -> None:
        self._started.put(None)

    def _run(self) -> None:
        use_cores(1)  # the cores are for decoding; see `service.use_one_core`
        try:
            while job := self._started.get():
                result, error = None, None
                try:
                    result = self._do(job)
                except Cancelled:
                    pass
                except Exception as caught:
                    error = caught
                self._on_done(job, result, error)
                del job, result, error  # or it would keep the model until the next one comes
        except BaseException as error:
            log.critical("the thread for work ends", exc_info=error)
            self._lost()

    def _do(self, job: Job) -> object:
        begin = time.monotonic()

        def checkpoint() -> None:
            nonlocal begin
            self._charge(job, time.monotonic() - begin)
            while not job.cancelled and not self._may_go_on(job):
                time.sleep(HELD_BACK_SECONDS)
            if job.cancelled:
                raise Cancelled
            begin = time.monotonic()

        assert job.work is not None
        assert job.built is not None
        try:
            checkpoint()
            return job.work(job.built, checkpoint)
        finally:
            self._charge(job, time.monotonic() - begin)
