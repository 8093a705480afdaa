"""The jobs that the server has an engine's process compute: which of them are in it, and which wait for the
next one."""

from __future__ import annotations

import logging

from gpt2core.serving.messages.wire import Cancel, Ended, Progress, Run
from gpt2core.serving.process import EngineProcess
from gpt2core.serving.supervised_job import SupervisedJob
from gpt2core.serving.suspects import Suspects

log = logging.getLogger(__name__)


class JobTable:
    """Not for several threads at once: its owner is one thread. `process` is the one that there is, or
    None."""

    def __init__(self) -> None:
        self._jobs: dict[int, SupervisedJob] = {}
        self._suspects = Suspects()

    @property
    def any_sent(self) -> bool:
        return any(job.sent for job in self._jobs.values())

    def add(self, job: SupervisedJob, process: EngineProcess | None) -> None:
        self._jobs[job.id] = job
        self._send(job, process)

    def cancel(self, job: SupervisedJob, process: EngineProcess | None) -> None:
        """Nobody waits for it any more."""
        if job.id not in self._jobs:
            return
        self._forget(job)
        if process is not None and job.sent:
            process.send(Cancel(job.id))

    def hear(self, message: Progress | Ended) -> None:
        job = self._jobs.get(message.job_id)
        if job is None:
            return
        if isinstance(message, Ended):
            job.end()
            self._forget(job)
            return
        if job.hear(message.event):
            self._suspects.progressed(job.id)
        if job.over:
            self._forget(job)

    def send_all(self, process: EngineProcess | None) -> None:
        """Hands over who waits and may run."""
        for job in self._jobs.values():
            self._send(job, process)

    def look(self, process: EngineProcess | None) -> None:
        """To be called now and then: who has ended no process for long enough makes way for others."""
        if self._suspects.look():
            self.send_all(process)

    def resume(self, *, was_ready: bool) -> None:
        """The process has ended: those who were in it wait for the next one, from which one of them may be
        kept. (Before it was ready it had begun nobody's job.)"""
        present = [job for job in self._jobs.values() if job.sent]
        in_line = [job.id for job in present if job.in_line]
        convicted = self._suspects.died([job.id for job in present], in_line) if was_ready else None
        for job in present:
            if job.id == convicted:
                log.error("job %d: has ended each process that tried it, and is given up", job.id)
                job.fail("poison")
                self._forget(job)
            else:
                log.warning("job %d: its process ended, another goes on with it", job.id)
                job.resume()

    def end_all(self, code: str) -> None:
        for job in list(self._jobs.values()):
            job.fail(code)
            self._forget(job)

    def _send(self, job: SupervisedJob, process: EngineProcess | None) -> None:
        if process is not None and not job.sent and self._suspects.may_run(job.id):
            job.sent = True
            process.send(Run(job.id, job.request, job.visitor, job.generated))

    def _forget(self, job: SupervisedJob) -> None:
        self._jobs.pop(job.id, None)
        self._suspects.ended(job.id)
