"""A request in, a stream of typed events out: what every engine answers with, wherever it runs.

So a job can run in this process or in another one, and neither the page nor the API needs to know
which. An expected failure is an event too.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict

from gpt2core.engine.job import Work
from gpt2core.engine.loading import check_weights
from gpt2core.engine.scheduler import Scheduler
from gpt2core.errors import ConfigError
from gpt2core.labs.registry import LabWork
from gpt2core.model.tokenizer import prompt_ids
from gpt2core.runtime.device import device_name, offered_dtypes, taken_bytes, use_cores
from gpt2core.runtime.heartbeat import stacks
from gpt2core.serving.job_events import events_of
from gpt2core.serving.messages import (
    Event,
    ForgetRequest,
    GenerateRequest,
    LabRequest,
    Request,
    Rows,
    ScoreRequest,
    TrainRequest,
    Visitor,
    WeightsRequest,
)
from gpt2core.serving.messages.wire import EngineStatus
from gpt2core.training.run import Run, planned
from gpt2core.training.score_work import ScoreWork

log = logging.getLogger(__name__)

_schedulers: dict[int, Scheduler] = {}
_creating = threading.Lock()


def scheduler(*, keep_warm: bool = False) -> Scheduler:
    """This process's scheduler; who asks first says whether it keeps memory. (A forked process has none
    of its parent's threads.)"""
    with _creating:
        if os.getpid() not in _schedulers:
            _schedulers[os.getpid()] = Scheduler(keep_warm=keep_warm, make_training=Run)
        return _schedulers[os.getpid()]


def close(seconds: float) -> None:
    """Ends this process's scheduler, if it has one; running jobs may go on for so long."""
    if mine := _schedulers.get(os.getpid()):
        mine.close(seconds)


def use_one_core() -> None:
    """For threads beside the one that decodes: keeps their own small sums on one core.

    Otherwise each would get helpers of its own, there would be more threads than cores, and OpenMP,
    seeing that, would put all of them to sleep between any two matrices: decoding then used 1.2 cores
    of two instead of 1.7.
    """
    use_cores(1)


def status() -> EngineStatus:
    """How this process's engine does; to be asked every WATCH_SECONDS."""
    mine = scheduler()
    for source in mine.store.unused():
        mine.forget(source)
    if not mine.broken and (stuck := mine.stuck_threads()):
        log.error("threads that do not go on: %s\n%s", ", ".join(stuck), stacks())
        mine.broken = True
    return EngineStatus(
        device_name(mine.device), offered_dtypes(mine.device), broken=mine.broken,
        running=len(mine.queue.running), waiting=len(mine.queue.waiting), limit_bytes=mine.limit_bytes,
        reserved_bytes=mine.pool.n_bytes, taken_bytes=taken_bytes(mine.device),
        kept_bytes=mine.arena.n_bytes_lately, seconds_had=mine.shares.seconds_had(),
        **asdict(mine.counters),
    )  # fmt: skip


def run(
    request: Request, visitor: Visitor | None = None, listening: Callable[[], bool] = lambda: True, *,
    job_id: int | None = None, generated: Rows = (),
) -> Iterator[Event]:  # fmt: skip
    """The job's events, the last of which has `done` or an error. Closing the iterator ends the
    computing, and so does `listening` when it says no. With the tokens that each row was `generated`
    already, a text goes on from there."""
    try:
        mine = scheduler()
        if answer := _at_once(request, mine):
            yield answer
            return
        if isinstance(request, TrainRequest):
            request = mine.store.with_text(planned(request))
        check_weights(request.model, mine.store)
        ids = None
        if isinstance(request, GenerateRequest):
            ids = prompt_ids(request.prompt, request.config, after_start=request.model.learnt)
        work = _work(request)
        job = mine.submit(request, ids, visitor, job_id=job_id, work=work, generated=generated)
    except ConfigError as error:
        log.info("job %s: refused, %s", job_id, error.code)
        yield {"stage": "error", "error": error.as_dict()}
        return
    try:
        if not listening():  # whoever left before there was a job to cancel
            return
        for event in events_of(job, mine.queue):
            if event:
                yield event
            elif not listening():
                return
    finally:
        mine.cancel(job)


def cancel(job_id: int) -> None:
    """Ends a job that runs, or waits, by the number that `run` was given."""
    mine = scheduler()
    for job in mine.queue.jobs():
        if job.id == job_id:
            mine.cancel(job)


def _at_once(request: Request, mine: Scheduler) -> Event | None:
    """The answer to what takes no computing. Raises ConfigError."""
    if isinstance(request, ForgetRequest):
        mine.forget(request.source)
        return {"stage": "forgotten", "done": True}
    if isinstance(request, WeightsRequest):
        return mine.store.file_of(request)
    return None


def _work(request: Request) -> Work | None:
    """What is done with the model besides decoding."""
    if isinstance(request, LabRequest):
        return LabWork(request)
    return ScoreWork(request) if isinstance(request, ScoreRequest) else None
