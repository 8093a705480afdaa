"""The engines of a Ray cluster, as a server sees them.

One thread with an event loop does all of this; everybody else puts something into it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from gpt2core.errors import ConfigError
from gpt2core.serving.client import events_of
from gpt2core.serving.messages import Event, Request, Visitor
from gpt2core.serving.messages.wire import EngineStatus
from gpt2core.serving.ray_engine.membership import Membership
from gpt2core.serving.ray_engine.remote_job import compute
from gpt2core.serving.supervised_job import SupervisedJob
from gpt2core.serving.supervisor import State

log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.1  # how often who waits for an engine looks whether there is one


class RayEngineClient:
    """Joins the cluster at RAY_ADDRESS on first use; `problem` says why it has none."""

    def __init__(self) -> None:
        self._cluster, self._ids = Membership(self._give_up), itertools.count(1)
        self._tasks: dict[SupervisedJob, asyncio.Task[None]] = {}
        self._loop = asyncio.new_event_loop()
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._live, name="ray", daemon=True)

    @property
    def status(self) -> EngineStatus:
        return self._cluster.status

    @property
    def state(self) -> State:
        return self._cluster.state

    @property
    def problem(self) -> str | None:
        return self._cluster.problem

    @property
    def restarts(self) -> int:
        return self._cluster.restarts

    @property
    def engines(self) -> Mapping[str, EngineStatus]:
        return self._cluster.engines

    def run(
        self, request: Request, visitor: Visitor | None = None,
        listening: Callable[[], bool] = lambda: True,
    ) -> Iterator[Event]:  # fmt: skip
        """As `service.run`."""
        self.start()
        job = SupervisedJob(next(self._ids), request, visitor or Visitor())
        self._loop.call_soon_threadsafe(self._begin, job)
        try:
            yield from events_of(job, listening)
        finally:
            self._loop.call_soon_threadsafe(self._cancel, job)

    def device_name(self) -> str:
        """Which device computes, as a person would call it; waits until that is known."""
        self.start()
        self._cluster.ready.wait(60)
        return self.status.device_name or "CPU"

    def start(self) -> None:
        """Joins the cluster, if it has not. Does not wait for it."""
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()

    def close(self, seconds: float) -> None:
        """Lets running jobs go on for at most so long. The cluster stays as it is."""
        self._cluster.state = "closing"
        until = time.monotonic() + seconds
        while self._tasks and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        for job in list(self._tasks):
            job.fail("closing")

    # The rest is the loop's own.

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._cluster.watch())

    def _begin(self, job: SupervisedJob) -> None:
        self._tasks[job] = self._loop.create_task(self._serve(job))

    def _cancel(self, job: SupervisedJob) -> None:
        if task := self._tasks.get(job):
            task.cancel()

    def _give_up(self) -> None:
        """There is no engine, and Ray would wait for one for ever."""
        for job, task in self._tasks.items():
            job.fail("down")
            task.cancel()

    async def _serve(self, job: SupervisedJob) -> None:
        cluster = self._cluster
        try:
            if not await self._engine_for(job):
                return
            refusal = await cluster.admit(job.id, job.visitor.address)
            if refusal is None:
                await compute(job, cluster, lambda: cluster.state not in ("down", "closing"))
            else:
                job.refuse(ConfigError(refusal.code, "", refusal.value, maximum=refusal.maximum))
        except Exception as error:
            log.error("job %d: failed", job.id, exc_info=error)
            job.fail("failed")
        finally:
            del self._tasks[job]
            cluster.release(job.id)

    async def _engine_for(self, job: SupervisedJob) -> bool:
        """Waits until there is one; tells the visitor, and at last that there is none."""
        if self.state in ("idle", "loading"):
            job.wait_for_engine()
        while self.state not in ("ready", "restarting"):
            if self.state in ("down", "closing"):
                job.fail(self.state)
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True
