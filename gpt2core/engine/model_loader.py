"""Loads models into the pool, chunk by chunk: whoever is furthest behind goes first, and a model is built
for as long as somebody waits for it. While nobody needs anything, memory is got ready for the next one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from typing import TypeAlias

import torch

from gpt2core.engine.fair_share import HELD_BACK_SECONDS
from gpt2core.engine.job import LoadTask
from gpt2core.engine.loading import model_in_steps
from gpt2core.engine.memory import check_fits
from gpt2core.engine.model_pool import ModelPool
from gpt2core.engine.run_store import RunStore
from gpt2core.model.weights import BuiltModel
from gpt2core.runtime.arena import Arena
from gpt2core.runtime.device import free_bytes, pick_device, use_cores
from gpt2core.runtime.heartbeat import Heartbeat
from gpt2core.serving.messages import BuildRequest

log = logging.getLogger(__name__)
_TURN_SECONDS = 0.5  # one model is drawn for so long before another whose waiters are no better off
_CHUNK_SECONDS = 30.0  # longest that a chunk may take: taking the memory comes with the first
_PATIENCE_SECONDS = 10.0  # for so long smaller models may pass a larger one

# What came of a task: the model, or why there is none; neither where nobody waited any more.
OnLoaded: TypeAlias = Callable[[LoadTask, BuiltModel | None, Exception | None], None]
# Of a model: what the address furthest behind of those who wait for it has had, None if nobody waits.
Behind: TypeAlias = Callable[[BuildRequest], float | None]


class ModelLoader:
    """Builds for `pool` in a thread of its own, and calls `on_loaded` from there.

    `changed` is the lock of the pool's owner. `may_go_on` says whether a task may have a share of the
    device now, `charge` is told what it took, `on_free` that memory has come free, and `lost`
    that the thread cannot go on. `is_idle` says whether nothing is computed at all.
    """

    def __init__(
        self, pool: ModelPool, device: torch.device, changed: threading.Condition, behind: Behind,
        may_go_on: Callable[[LoadTask], bool], charge: Callable[[LoadTask, float], None],
        on_loaded: OnLoaded, on_free: Callable[[], None],
        lost: Callable[[], None], heartbeat: Heartbeat, arena: Arena, is_idle: Callable[[], bool],
        store: RunStore,
    ) -> None:  # fmt: skip
        self.tasks: list[LoadTask] = []
        self._pool, self._device, self._changed, self._behind = pool, device, changed, behind
        self._may_go_on, self._charge, self._on_loaded = may_go_on, charge, on_loaded
        self._on_free, self._lost, self._heartbeat = on_free, lost, heartbeat
        self._arena, self._is_idle, self._store = arena, is_idle, store
        self._given_up: list[LoadTask] = []
        self._steps: dict[LoadTask, Generator[float, None, BuiltModel]] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="loading", daemon=True)
        self._thread.start()

    def task_of(self, request: BuildRequest) -> LoadTask | None:
        return next((task for task in self.tasks if task.request == request), None)

    def start(self, task: LoadTask) -> None:
        self.tasks.append(task)
        self._changed.notify_all()

    def finish(self, task: LoadTask) -> None:
        self.tasks.remove(task)
        task.reservation.release()

    def give_up(self, task: LoadTask) -> None:
        """Ends a task; its memory is free when this loader's thread has let it go."""
        self.tasks.remove(task)
        self._given_up.append(task)
        self._changed.notify_all()

    def close(self) -> None:
        self._closing = True
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        use_cores(1)  # see `service.use_one_core`
        try:
            self._load_all()
        except BaseException as error:
            log.critical("the thread that loads models ends", exc_info=error)
            self._lost()

    def _load_all(self) -> None:
        may_touch = True
        while not self._closing:
            with self._changed:
                task, used = self._next(), self._pool.n_bytes
                may_touch = may_touch and self._is_idle()
                if task is None and not may_touch:
                    self._arena.let_go()
                    self._heartbeat.rest()
                    self._changed.wait(5.0)
                    may_touch = True
                    continue
                self._heartbeat.beat(_CHUNK_SECONDS)
            if task is None:
                may_touch = self._arena.touch_ahead(used)
                continue
            if not self._may_go_on(task):
                time.sleep(HELD_BACK_SECONDS)
                continue
            begin = time.monotonic()
            self._step(task)
            self._charge(task, time.monotonic() - begin)
            del task  # or its model would be kept until the next one comes

    def _next(self) -> LoadTask | None:
        """The task whose waiters are furthest behind; of those alike one that has waited for long, else the
        one that is done soonest."""
        for task in self._given_up:
            if task in self._steps:
                self._steps.pop(task).close()
                self._arena.after_drop()
            task.reservation.release()
            self._on_free()
            self._changed.notify_all()
        self._given_up.clear()
        return min(self.tasks, key=self._rank, default=None)

    def _rank(self, task: LoadTask) -> tuple[float, bool, float]:
        behind = (self._behind(task.request) or 0.0) // _TURN_SECONDS
        impatient = time.monotonic() - task.begun > _PATIENCE_SECONDS
        return behind, not impatient, 0.0 if impatient else task.reservation.n_bytes * (1 - task.progress)

    def _step(self, task: LoadTask) -> None:
        """Draws a further chunk, and hands the model on after the last."""
        built, error = None, None
        try:
            if self._behind(task.request) is not None:
                task.progress = next(self._begun(task))
                return
        except StopIteration as done:
            built = done.value
        except Exception as caught:
            error = caught
        steps = self._steps.pop(task, None)
        if steps is not None:
            steps.close()
        if built is None:
            self._arena.after_drop()
        self._on_loaded(task, built, error)

    def _begun(self, task: LoadTask) -> Generator[float, None, BuiltModel]:
        """Raises ConfigError where memory is short after all."""
        if task not in self._steps:
            request = task.request
            name = request.device or str(self._device)
            self._arena.make_room(task.reservation.n_bytes, self._pool.n_bytes)
            # Somebody else may have taken memory since the limit was set; what other tasks are going to
            # take is not taken yet.
            others = [t for t in list(self.tasks) if t is not task]
            coming = sum(int(t.reservation.n_bytes * (1 - t.progress)) for t in others)
            free = free_bytes(pick_device(name)) + self._arena.n_bytes
            check_fits(request.config, None, free - coming, dtype_bytes=request.dtype_bytes)
            beside = self._arena.has_no_room_for(task.reservation.n_bytes)
            self._steps[task] = model_in_steps(
                request, name, self._store, pack=task.pack, beside_heap=beside
            )
        return self._steps[task]
