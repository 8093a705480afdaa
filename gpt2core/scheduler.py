"""Everybody's jobs on one device: one worker decodes all of them together, a token for each in turn.

A newcomer's prompt goes through in parts between the others' steps, and rows join and end between
two steps. Memory is reserved before anything is taken: what fits later waits in line, what never
fits is refused at once.
"""

from __future__ import annotations

import threading
import time
from functools import partial

import torch

from gpt2core.admission import MAX_ROWS, Build, Job, Line, check_fits
from gpt2core.batch import Speech
from gpt2core.build import BuiltModel
from gpt2core.building import Builder
from gpt2core.config import ConfigError
from gpt2core.device import free_bytes, pick_device, usable_cores
from gpt2core.failures import failure, poisons, release
from gpt2core.pool import Pool, Resident
from gpt2core.requests import LAST_SECONDS, GenerateRequest, Request, Visitor

_SHARE = 0.8  # of the memory that is free at the start; the rest is the server's own
_IDLE_SECONDS = 600.0  # a model nobody has used for so long goes
_LONGEST_SECONDS = 600.0  # a job that runs longer is ended
# How long newcomers' prompts may hold up those who speak: a little, and more for a whole class.
_PROMPT_SECONDS, _EACH_PROMPT_SECONDS, _MOST_PROMPT_SECONDS = 0.2, 0.03, 1.5
_TURN_SECONDS = 0.05  # how long one model's steps may take before it is the other models' turn
_PATIENCE_SECONDS = 10.0  # for so long smaller jobs may pass one that does not fit yet


class Scheduler:
    """`submit` a request and read its Job. All methods may be called from any thread."""

    def __init__(self, limit_bytes: int | None = None, device: str | None = None) -> None:
        self.device = pick_device(device)
        self.limit_bytes = limit_bytes or int(_SHARE * free_bytes(self.device))
        self.pool, self.line = Pool(self.limit_bytes), Line()
        self.builder = Builder(self.pool, self.device, self._wanted, self._built)
        self.broken = False  # the device takes no work from this process any more
        self._closing = False
        self._changed = threading.Condition()
        self._worker = threading.Thread(target=self._work, name="decoding", daemon=True)
        self._worker.start()

    def submit(self, request: Request, ids: list[int] | None = None, visitor: Visitor | None = None) -> Job:
        """Puts a request into the line; `ids` is the prompt of one that speaks. Raises ConfigError
        where it can never be served, or not now because too many wait already."""
        config, speech = request.config, None
        if isinstance(request, GenerateRequest):
            speech = Speech(ids or [], request.options, config)
        check_fits(config, speech, self.limit_bytes)
        job = Job(request, visitor or Visitor(), speech)
        with self._changed:
            if self._closing:
                raise ConfigError("closing", "", "")
            self.line.join(job)
            self._changed.notify_all()
        return job

    def cancel(self, job: Job) -> None:
        """Ends a job whatever its state: its row is free, its build given up, and the model it holds let
        go, within a moment. Whoever has submitted one calls this in the end."""
        with self._changed:
            job.cancelled = True
            job.hold(None)
            self._changed.notify_all()

    def reason(self, error: Exception) -> ConfigError:
        """What to tell of a failure."""
        self.broken = self.broken or poisons(error)
        return failure(error)

    def close(self, seconds: float = LAST_SECONDS) -> None:
        """Takes no new job, ends those that wait, and after `seconds` those that still run."""
        with self._changed:
            self._closing = True
            for job in list(self.line.waiting):
                self.line.end(job, ConfigError("closing", "", ""))
            self._changed.notify_all()
        until = time.monotonic() + seconds
        while self.line.running and time.monotonic() < until:
            time.sleep(0.05)
        with self._changed:
            for job in list(self.line.running):
                job.error = ConfigError("closing", "", "")
                job.cancelled = True
            self._changed.notify_all()
        self._worker.join(5.0)

    # ---- the worker ------------------------------------------------------------------------------

    def _work(self) -> None:
        torch.set_num_threads(usable_cores())  # for this thread; see `jobs.leave_the_cores`
        while not (self._closing and not self.line.running):
            with self._changed:
                self._retire()
                self._admit()
                busy = [resident for resident in self.pool if resident.batch.speeches]
                if not busy:
                    self.pool.drop_idle(_IDLE_SECONDS)
                    self._changed.wait(5.0)
            while busy:  # and no name for the last one, which would keep it from being dropped
                self._turn(busy.pop())
                with self._changed:
                    self._retire()

    def _retire(self) -> None:
        """Ends what is done, not wanted any more, or takes too long."""
        before = time.monotonic() - _LONGEST_SECONDS
        too_late = partial(ConfigError, field="", value="", seconds=int(_LONGEST_SECONDS))
        for job in list(self.line.waiting):
            if job.cancelled or job.asked < before:
                self.line.end(job, None if job.cancelled else too_late("waited"))
        for job in list(self.line.running):
            assert job.speech is not None
            assert job.resident is not None
            if job.cancelled or job.asked < before or job.speech.done:
                job.resident.batch.remove(job.speech)
                self.line.end(job, None if job.cancelled or job.speech.done else too_late("deadline"))

    def _admit(self) -> None:
        """Lets in, in their order, all who can be served now."""
        for job in self.line.order():
            if job.cancelled or not self.line.may_start(job):
                continue
            resident = self.pool.get(job.request.model)
            if resident is None:
                served = self.builder.start(job)
            elif job.speech is None:
                job.reused = job.building is None
                job.hold(resident)
                self.line.end(job)
                served = True
            else:
                served = self._start_speech(job, job.speech, resident)
            if not served and time.monotonic() - job.asked > _PATIENCE_SECONDS:
                return  # nobody passes it any more

    def _start_speech(self, job: Job, speech: Speech, resident: Resident) -> bool:
        batch = resident.batch
        if sum(r.batch.n_rows for r in self.pool) + len(speech.options) > MAX_ROWS:
            return False
        if not self.pool.make_room(batch.bytes_to_add(speech), keep=resident):
            if self.builder.current is not None or any(r.in_use for r in self.pool):
                return False
            # Nobody will ever make room: what its packed copy and lanes hold is in the way.
            self.pool.drop(resident)
            return self.builder.start(job)
        job.built = resident.built
        self.line.start(job, resident)
        try:
            batch.add(speech)
        except (RuntimeError, MemoryError) as error:
            self._fail(resident, error)
        return True

    def _turn(self, resident: Resident) -> None:
        """Some of the newcomers' prompts, then some steps."""
        batch = resident.batch
        try:
            begin, patience = time.monotonic(), _PROMPT_SECONDS + _EACH_PROMPT_SECONDS * batch.n_prompts
            while batch.feed() and time.monotonic() - begin < min(patience, _MOST_PROMPT_SECONDS):
                with self._changed:  # those who have come meanwhile go through with the rest
                    self._admit()
            begin, speaking = time.monotonic(), len(batch.speeches)
            while batch.step() and len(batch.speeches) == speaking and not self.line.waiting:
                if time.monotonic() - begin > _TURN_SECONDS:
                    break
        except Exception as error:
            with self._changed:
                self._fail(resident, error)

    def _fail(self, resident: Resident, error: Exception) -> None:
        """Ends all jobs of a model that could not go on, and frees it."""
        told = self.reason(error)
        for job in list(self.line.running):
            if job.resident is resident:
                self.line.end(job, told)
        self.pool.drop(resident)
        release(error)

    # ---- building --------------------------------------------------------------------------------

    def _built(self, build: Build, built: BuiltModel | None, caught: Exception | None) -> None:
        error = self.reason(caught) if caught else None
        if caught:
            release(caught)
        with self._changed:
            self.builder.put_away(build, built)
            for job in list(self.line.waiting) if error else ():
                if job.request.model == build.request:
                    self.line.end(job, error)
            self._changed.notify_all()

    def _wanted(self, build: Build) -> bool:
        return any(j.request.model == build.request and not j.cancelled for j in list(self.line.waiting))
