"""What each address has had of the engine, as the threads beside the one that decodes ask and tell it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from gpt2core.engine.job import Job, LoadTask
from gpt2core.engine.request_queue import RequestQueue
from gpt2core.serving.messages import BuildRequest

_AHEAD_SECONDS = 0.25  # loads and labs of who is ahead of others by more wait until it is less


class Shares:
    """For any thread. `changed` is the queue's lock, `loads` gives the models that are being loaded."""

    def __init__(
        self, changed: threading.Condition, queue: RequestQueue, loads: Callable[[], Iterable[BuildRequest]]
    ) -> None:
        self._changed, self._queue, self._loads = changed, queue, loads

    def load_may_go_on(self, task: LoadTask) -> bool:
        """Not while somebody decodes who has had less than all who wait for it."""
        with self._changed:
            return self._may_go_on(self._queue.seconds_behind(task.request), ())

    def work_may_go_on(self, job: Job) -> bool:
        """Not while somebody who has had less decodes, or has a model loaded."""
        with self._changed:
            return self._may_go_on(self._queue.fair.seconds(job.address), self._loads())

    def _may_go_on(self, seconds: float | None, loads: Iterable[BuildRequest]) -> bool:
        return seconds is None or self._queue.least(loads) >= seconds - _AHEAD_SECONDS

    def charge_load(self, task: LoadTask, seconds: float) -> None:
        """Those who wait for the model pay for it."""
        with self._changed:
            waiting = [j.address for j in self._queue.waiting if j.request.model == task.request]
            self._queue.fair.charge(Counter(waiting), seconds)

    def charge_work(self, job: Job, seconds: float) -> None:
        with self._changed:
            self._queue.fair.charge({job.address: 1}, seconds)

    def seconds_had(self) -> dict[str, float]:
        """Seconds of this engine that each address that is here has had since it came."""
        with self._changed:
            return self._queue.fair.charged()

    def charge_elsewhere(self, seconds: Mapping[str, float]) -> None:
        """So much more each address has had of other engines."""
        with self._changed:
            self._queue.fair.charge_elsewhere(seconds)
