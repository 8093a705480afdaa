"""One engine of a cluster: a replica of the Serve deployment.

It runs in a child process of the replica's, as it does beside a server, so that a job which ends its
process is found here, and the replica lives on. The replica itself never loads torch.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import ray
from ray import serve
from ray.exceptions import RayError

from gpt2core.runtime.settings import configure_logging
from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.job_registry import REPORT_SECONDS, EngineReport
from gpt2core.serving.messages import Event
from gpt2core.serving.messages.wire import Elsewhere, Run
from gpt2core.serving.ray_engine.names import NAMESPACE, REGISTRY
from gpt2core.serving.supervised_job import SupervisedJob

log = logging.getLogger(__name__)
_GONE_SECONDS = (
    5.0  # a page that the registry has not known for so long: it may have just been started again
)


class Engine:
    """What pages call through a deployment's handle."""

    def __init__(self) -> None:
        configure_logging()
        self._client = ProcessEngineClient()
        self._supervisor = self._client.supervisor
        self._client.start()
        self._ids = itertools.count(1)
        self._jobs: dict[SupervisedJob, tuple[str, asyncio.Queue[Event | None]]] = {}
        self._pages: dict[str, float] = {}  # when each was known last
        self._name = serve.get_replica_context().replica_id.unique_id
        self._reporting: asyncio.Task[None] | None = None

    async def run(self, page: str, run: Run) -> AsyncIterator[Event]:
        """The events of a job of a page's. Ends with them, or without if the page is gone."""
        self._reporting = self._reporting or asyncio.create_task(self._report())
        loop, inbox = asyncio.get_running_loop(), asyncio.Queue[Event | None]()

        def tell(event: Event | None) -> None:
            with suppress(RuntimeError):  # the loop is over
                loop.call_soon_threadsafe(inbox.put_nowait, event)

        job = SupervisedJob(next(self._ids), run.request, run.visitor, tell, run.generated)
        self._jobs[job] = page, inbox
        self._pages.setdefault(page, time.monotonic())
        self._supervisor.submit(job)
        try:
            while (event := await inbox.get()) is not None:
                yield event
        finally:
            del self._jobs[job]
            self._supervisor.cancel(job)

    async def check_health(self) -> None:
        """Called by Serve every few seconds, which replaces a replica for which it raises."""
        self._reporting = self._reporting or asyncio.create_task(self._report())
        if self._client.state == "down":
            raise RuntimeError("the engine's process cannot be started")

    async def _report(self) -> None:
        """Tells the registry how the engine does, and hears which pages live."""
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            report = EngineReport(self._client.status, self._client.state == "ready", self._client.restarts)
            try:
                registry: Any = ray.get_actor(REGISTRY, NAMESPACE)
                answer: tuple[frozenset[str], dict[str, float]] = await asyncio.wait_for(
                    registry.report_engine.remote(self._name, report), 2 * REPORT_SECONDS
                )
            except (RayError, ValueError, TimeoutError):
                continue  # it is being started again
            pages, elsewhere = answer
            process = self._supervisor.process
            if elsewhere and process is not None:
                process.send(Elsewhere(elsewhere))
            self._end_jobs_of_lost_pages(pages)

    def _end_jobs_of_lost_pages(self, pages: frozenset[str]) -> None:
        """Ends the jobs of pages that are gone."""
        now = time.monotonic()
        mine = {page for page, _ in self._jobs.values()}
        self._pages = {page: now if page in pages else self._pages.get(page, now) for page in mine}
        for page, inbox in self._jobs.values():
            if now - self._pages[page] > _GONE_SECONDS:
                inbox.put_nowait(None)
