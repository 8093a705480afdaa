"""Keeps the engine's process alive: starts it, watches it, and hands its jobs to the next one when it ends.

One thread owns all of this and does one thing after another, none of which waits; everybody else only puts
something into its queue. So there is no lock, and nobody waits for a process that does not listen.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

from gpt2core.counting.footprint import pool_bytes
from gpt2core.engine.run_store import RunStore, store_bytes
from gpt2core.errors import ConfigError
from gpt2core.runtime.heartbeat import Heartbeat, WatchClock
from gpt2core.runtime.host_memory import free_host_bytes
from gpt2core.runtime.settings import SETTINGS, Settings
from gpt2core.serving.backoff import Backoff
from gpt2core.serving.job_table import JobTable
from gpt2core.serving.messages import Snapshot
from gpt2core.serving.messages.wire import WATCH_SECONDS, Close, EngineStatus, FromEngine
from gpt2core.serving.process import EngineProcess
from gpt2core.serving.supervised_job import SupervisedJob

log = logging.getLogger(__name__)
_LOAD_SECONDS = 120.0  # torch is loaded, from a slow disk perhaps, before the first status comes
_CLOSE_SECONDS = 1.0  # for it to end after its jobs have

State: TypeAlias = Literal["idle", "loading", "ready", "restarting", "down", "closing"]


class Supervisor:
    """`command` runs the engine. `state`, `status` and `restarts` may be read from any thread."""

    def __init__(self, command: list[str], settings: Settings = SETTINGS) -> None:
        self.command, self._settings = command, settings
        self.state: State = "idle"
        self.status = EngineStatus()  # what the process said last of itself
        self.restarts = 0
        self.ready = threading.Event()
        self.process: EngineProcess | None = None
        self._actions: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._jobs = JobTable()
        self._store = RunStore(store_bytes(pool_bytes(free_host_bytes(), settings.memory_share)))
        self._clock = WatchClock(WATCH_SECONDS)
        self._heartbeat = Heartbeat("engine", self._clock)
        self._backoff = Backoff()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._beginning = threading.Lock()

    # What others ask for: none of it waits.

    def start(self) -> None:
        self._begin()
        self._actions.put(self._start)

    def submit(self, job: SupervisedJob) -> None:
        self._begin()
        self._actions.put(partial(self._submit, job))

    def cancel(self, job: SupervisedJob) -> None:
        """Nobody waits for it any more. (May be called by the garbage collector, anywhere.)"""
        self._actions.put(lambda: self._jobs.cancel(job, self.process))

    def close(self, seconds: float) -> None:
        """Lets running jobs go on for at most so long, then ends the process; at once where there are
        none, for it may still be loading torch and hear nothing. This does wait."""
        self._begin()
        closed = threading.Event()
        self._actions.put(partial(self._close, seconds, closed))
        closed.wait(_CLOSE_SECONDS)
        process = self.process
        if process is not None and not process.wait(seconds + _CLOSE_SECONDS):
            process.kill()
            process.wait(_CLOSE_SECONDS)

    def _begin(self) -> None:
        with self._beginning:
            if self._thread.ident is None:  # not started yet
                self._thread.start()

    # The rest is this thread's own.

    def _run(self) -> None:
        next_look = 0.0
        while True:
            try:
                self._actions.get(timeout=WATCH_SECONDS)()
            except queue.Empty:
                pass
            except Exception as error:  # a job must not end what all depend on
                log.error("unexpected: %s", error, exc_info=error)
            if time.monotonic() >= next_look:
                self._look()
                next_look = time.monotonic() + WATCH_SECONDS

    def _look(self) -> None:
        self._clock.advance()
        if self.process is not None:
            if self._heartbeat.stale:
                log.error("the engine's process has said nothing for too long: it is ended")
                self._heartbeat.rest()
                self.process.kill()
        elif self.state in ("restarting", "down") and self._backoff.over:
            self._launch()
        self._jobs.look(self.process)
        for source in self._store.unused():
            self._store.forget(source)

    def _start(self) -> None:
        if self.state == "idle":
            self._launch()

    def _launch(self) -> None:
        if self.state != "down":
            self.state = "loading"
        self.process = EngineProcess(
            self.command,
            lambda process, message: self._actions.put(partial(self._hear, process, message)),
            lambda process, code: self._actions.put(partial(self._on_end, process, code)),
        )
        self._heartbeat.beat(_LOAD_SECONDS)
        try:
            self.process.start()
        except RuntimeError as error:  # no thread is to be had
            log.error("the engine's process could not be started: %s", error)
            self._on_end(self.process, None)
            return
        for snapshot in self._store.snapshots():
            self.process.send(snapshot)
        self._jobs.send_all(self.process)

    def _submit(self, job: SupervisedJob) -> None:
        if self.state in ("down", "closing"):
            job.fail(self.state)
            return
        try:
            found = self._store.prepared(job.request)
        except ConfigError as error:
            job.refuse(error)
            return
        if isinstance(found, dict):  # a file: it would hold up all else that the engine has to say
            job.hear(found)
            return
        job.request = found
        self._start()
        if not self.ready.is_set():
            job.wait_for_engine()
        self._jobs.add(job, self.process)

    def _hear(self, process: EngineProcess, message: FromEngine) -> None:
        if process is not self.process:
            return  # of one that is over
        if isinstance(message, EngineStatus):
            self._heartbeat.beat(self._settings.stall_seconds)
            self.status = message
            if message.broken:
                process.kill()
            self.ready.set()
            self.state = self.state if self.state == "closing" else "ready"
        elif isinstance(message, Snapshot):
            self._store.restore(message)
        else:
            self._jobs.hear(message)

    def _on_end(self, process: EngineProcess, code: int | None) -> None:
        if process is not self.process:
            return
        self.process, was_ready = None, self.ready.is_set()
        self.ready.clear()
        self._heartbeat.rest()
        self.status = EngineStatus(self.status.device_name, self.status.dtypes)  # the machine is the same
        if self.state == "closing":
            self._jobs.end_all("closing")
            return
        self.restarts += 1
        # With jobs in it that it had begun, one of them or somebody outside has ended it.
        seconds = self._backoff.ended(failed=not (was_ready and self._jobs.any_sent))
        log.warning("the engine's process ended with %s: another is started in %.1f s", code, seconds)
        if not was_ready and self._backoff.hopeless:
            self.state = "down"
            self._jobs.end_all("down")
            return
        self.state = "restarting"
        self._jobs.resume(was_ready=was_ready)

    def _close(self, seconds: float, closed: threading.Event) -> None:
        self.state = "closing"
        if self.process is None or not self._jobs.any_sent:
            self._jobs.end_all("closing")
            if self.process is not None:
                self.process.kill()
        else:
            self.process.send(Close(seconds))
        closed.set()
