"""A page's place in the cluster: it joins, reports the jobs it has, and hears how the engines do."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gpt2core.serving.job_registry import REPORT_SECONDS, EngineReport, Refusal, total
from gpt2core.serving.messages.wire import EngineStatus
from gpt2core.serving.ray_engine import connect
from gpt2core.serving.ray_engine.names import APPLICATION, DEPLOYMENT, NAMESPACE, REGISTRY
from gpt2core.serving.supervisor import State

log = logging.getLogger(__name__)
# From the start, or from the loss of the last engine, until "it is loading" becomes "it is down".
_LOAD_SECONDS = 12.0
_RETRY_SECONDS = 3.0  # between two tries to join
_REGISTRY_SECONDS = 1.0  # longest that anything waits for the registry; it may be starting again


class Membership:
    """For one event loop, but `state`, `status`, `engines`, `restarts` and `problem` may be read from any
    thread (see EngineClient). `on_down` is called when there has been no engine for too long."""

    def __init__(self, on_down: Callable[[], None]) -> None:
        self._on_down = on_down
        self.page = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.state: State = "idle"
        self.status = EngineStatus()
        self.engines: dict[str, EngineStatus] = {}
        self.restarts = 0
        self.problem: str | None = None
        self.ready = threading.Event()
        self.handle: Any = None  # of the deployment; for streams
        self._registry: Any = None
        self._jobs: dict[int, str] = {}  # addresses of those that were let in
        self._known: dict[str, EngineReport] = {}
        self._served_at = 0.0

    async def watch(self) -> None:
        """Joins, again and again until there is a cluster, and stays in touch."""
        self._served_at, loop = time.monotonic(), asyncio.get_running_loop()
        self.state = "loading"
        with concurrent.futures.ThreadPoolExecutor(1) as joining:
            while True:
                try:
                    if self.handle is None:
                        await loop.run_in_executor(joining, self._join)
                    self._hear(await self._ask("report_page", self.page, self._jobs))
                except connect.NoCluster as why:
                    if str(why) != self.problem:
                        log.error("%s", why)
                    self.problem = str(why)
                    self._hear({})
                    await asyncio.sleep(_RETRY_SECONDS)
                except Exception as error:
                    log.warning("the registry of jobs does not answer: %s", connect.described(error))
                    with suppress(Exception):
                        self._registry = await loop.run_in_executor(joining, _find_registry)
                await asyncio.sleep(REPORT_SECONDS)

    async def admit(self, job_id: int, address: str) -> Refusal | None:
        """Counts a job, at all pages together, until `release`; why not, if there are too many. While the
        registry starts again everybody is let in: it hears of them a moment later."""
        refusal: Refusal | None = None
        try:
            refusal = await self._ask("admit", self.page, job_id, address)
        except Exception as error:
            log.warning("job %d: let in without the registry: %s", job_id, connect.described(error))
        if refusal is None:
            self._jobs[job_id] = address
        return refusal

    def release(self, job_id: int) -> None:
        if self._jobs.pop(job_id, None) is not None:
            self._registry.release.remote(self.page, job_id)

    async def _ask(self, method: str, *args: object) -> Any:
        return await asyncio.wait_for(getattr(self._registry, method).remote(*args), _REGISTRY_SECONDS)

    def _join(self) -> None:
        connect.join()
        from ray import exceptions, serve

        try:
            self._registry = _find_registry()
            self.handle = serve.get_deployment_handle(DEPLOYMENT, APPLICATION).options(stream=True)
        except (ValueError, exceptions.RayError, serve.exceptions.RayServeException) as error:
            raise connect.NoCluster(
                "The cluster has no engines: python -m gpt2core.serving.ray_engine.deploy deploys them"
                f" ({connect.described(error)})."
            ) from error

    def _hear(self, engines: dict[str, EngineReport]) -> None:
        again = (r.restarts - self._known[n].restarts for n, r in engines.items() if n in self._known)
        self.restarts += len(self._known.keys() - engines.keys()) + sum(again)
        self._known = engines
        self.engines = {name: report.status for name, report in engines.items() if report.ready}
        if self.engines:
            self.status, self.problem = total(list(self.engines.values())), None
            self._served_at = time.monotonic()
            self.ready.set()
        else:  # the machines are the same
            self.status = EngineStatus(self.status.device_name, self.status.dtypes)
            self.ready.clear()
        if self.state == "closing":
            return
        before, self.state = self.state, self._state_now()
        if self.state == "down" != before:
            self._on_down()

    def _state_now(self) -> State:
        if self.engines:
            return "ready"
        if time.monotonic() - self._served_at > _LOAD_SECONDS:
            return "down"
        return "loading" if self.state == "loading" else "restarting"


def _find_registry() -> Any:
    import ray

    return ray.get_actor(REGISTRY, NAMESPACE)
