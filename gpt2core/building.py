"""Models on their way into the pool, one at a time: room for it first, then its building, for as long as it
is wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

import torch

from gpt2core.admission import Build, Job, check_fits, need_bytes
from gpt2core.build import BuiltModel, build_in_steps
from gpt2core.costs import packed_bytes
from gpt2core.device import free_bytes, give_back, pick_device
from gpt2core.kernels import packing_serves
from gpt2core.pool import Pool, Resident

# What came of a build: the model, or why there is none; neither where nobody wanted it any more.
Done: TypeAlias = Callable[[Build, BuiltModel | None, Exception | None], None]


class Builder:
    """Builds for `pool` in threads of its own, and calls `done` from there. All else is for the pool's
    owner, who locks."""

    def __init__(
        self, pool: Pool, device: torch.device, wanted: Callable[[Build], bool], done: Done
    ) -> None:
        self.current: Build | None = None
        self._pool, self._device, self._wanted, self._done = pool, device, wanted, done

    def start(self, job: Job) -> bool:
        """Begins the model that `job` needs, if nothing else is being built; False: no room."""
        request = job.request.model
        if self.current is not None:
            job.building = self.current if self.current.request == request else None
            return True
        build = self._reserve(job)
        if build is None:
            return False
        job.building = self.current = build
        threading.Thread(target=self._work, args=[build], daemon=True).start()
        return True

    def put_away(self, build: Build, built: BuiltModel | None) -> None:
        """What was `done` goes into the pool, and the next one may begin."""
        self.current, self._pool.reserved = None, 0
        if built is not None:
            self._pool.put(build.request, Resident(built, pack=build.pack))

    def _reserve(self, job: Job) -> Build | None:
        """Reserves the memory, with that of a packed copy of the matrices where it serves and fits, too.
        None where there is no room now."""
        request = job.request.model
        need, packed = need_bytes(request.config, job.speech), packed_bytes(request.config)
        pack = packing_serves(self._device) and self._pool.make_room(need + packed)
        if not pack and not self._pool.make_room(need):
            return None
        self._pool.reserved = need + pack * packed
        return Build(request, pack=pack)

    def _work(self, build: Build) -> None:
        built, error = None, None
        try:
            built = self._carry_out(build)
        except Exception as caught:
            error = caught
        self._done(build, built, error)

    def _carry_out(self, build: Build) -> BuiltModel | None:
        """The model, or None as soon as it is not wanted any more. Raises ConfigError and torch's own."""
        request = build.request
        name = request.device or str(self._device)
        give_back()
        # Somebody else may have taken memory since the limit was set.
        check_fits(request.config, None, free_bytes(pick_device(name)))
        steps = build_in_steps(request.config, request.seed, name, reserved=True)
        while self._wanted(build):
            try:
                build.progress = next(steps)
            except StopIteration as done:
                built: BuiltModel = done.value
                return built
        steps.close()
        return None
