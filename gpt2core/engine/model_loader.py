"""Loads models into the pool, one at a time: memory is reserved first, then the model is built, for as
long as somebody waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeAlias

import torch

from gpt2core.counting.footprint import packed_bytes
from gpt2core.engine.linear_kernels import packing_helps
from gpt2core.engine.memory import check_fits, need_bytes
from gpt2core.engine.model_pool import LoadedModel, ModelPool
from gpt2core.engine.request_queue import Job, LoadTask
from gpt2core.model.weights import BuiltModel, build_in_steps
from gpt2core.runtime.device import free_bytes, pick_device, trim_heap
from gpt2core.serving.messages import BuildRequest

log = logging.getLogger(__name__)
# What came of a task: the model, or why there is none; neither where nobody waited any more.
OnLoaded: TypeAlias = Callable[[LoadTask, BuiltModel | None, Exception | None], None]


class ModelLoader:
    """Builds for `pool` in threads of its own, and calls `on_loaded` from there. All else is for the
    pool's owner, who locks."""

    def __init__(
        self, pool: ModelPool, device: torch.device, wanted: Callable[[BuildRequest], bool],
        on_loaded: OnLoaded,
    ) -> None:  # fmt: skip
        self.current: LoadTask | None = None
        self._pool, self._device, self._wanted, self._on_loaded = pool, device, wanted, on_loaded

    def start(self, job: Job) -> bool:
        """Begins the model that `job` needs, if nothing else is being loaded; False: memory is short."""
        request = job.request.model
        if self.current is not None:
            job.load_task = self.current if self.current.request == request else None
            return True
        task = self._reserve(job)
        if task is None:
            return False
        log.info("job %d: loads %s, seed %d", job.id, request.config, request.seed)
        job.load_task = self.current = task
        threading.Thread(target=self._work, args=[task], daemon=True).start()
        return True

    def finish(self, task: LoadTask, built: BuiltModel | None) -> None:
        """What was built goes into the pool, and the next one may begin."""
        self.current, self._pool.reserved = None, 0
        if built is not None:
            self._pool.put(task.request, LoadedModel(built, pack=task.pack))

    def _reserve(self, job: Job) -> LoadTask | None:
        """Reserves the memory, with that of a packed copy of the matrices where it helps and fits, too.
        None where memory is short now."""
        request = job.request.model
        need, packed = need_bytes(request.config, job.sequence), packed_bytes(request.config)
        pack = packing_helps(self._device) and self._pool.evict_for(need + packed)
        if not pack and not self._pool.evict_for(need):
            return None
        self._pool.reserved = need + pack * packed
        return LoadTask(request, pack=pack)

    def _work(self, task: LoadTask) -> None:
        built, error = None, None
        try:
            built = self._build(task)
        except Exception as caught:
            error = caught
        self._on_loaded(task, built, error)

    def _build(self, task: LoadTask) -> BuiltModel | None:
        """The model, or None as soon as nobody waits for it. Raises ConfigError and torch's own."""
        request = task.request
        name = request.device or str(self._device)
        trim_heap()
        # Somebody else may have taken memory since the limit was set.
        check_fits(request.config, None, free_bytes(pick_device(name)))
        steps = build_in_steps(request.config, request.seed, name, reserved=True)
        while self._wanted(request):
            try:
                task.progress = next(steps)
            except StopIteration as done:
                built: BuiltModel = done.value
                return built
        steps.close()
        return None
