"""A request in, a stream of typed events out: what every engine answers with, wherever it runs.

So a job can run in this process or in another one, and neither the page nor the API needs to know
which. An expected failure is an event too.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import cast

from gpt2core.counting.reconcile import reconcile
from gpt2core.engine.job import Job
from gpt2core.engine.loading import check_weights
from gpt2core.engine.scheduler import Scheduler
from gpt2core.errors import ConfigError
from gpt2core.labs.registry import LabWork
from gpt2core.model.tokenizer import prompt_ids
from gpt2core.model.weights import BuiltModel
from gpt2core.runtime.device import device_name, offered_dtypes, taken_bytes, use_cores
from gpt2core.runtime.heartbeat import stacks
from gpt2core.serving.detokenizer import Detokenizer
from gpt2core.serving.messages import (
    BuiltEvent,
    Event,
    ForgetRequest,
    GenerateRequest,
    LabRequest,
    Request,
    Rows,
    TrainRequest,
    Visitor,
    shape_config,
)
from gpt2core.serving.messages.lab_results import LabResult
from gpt2core.serving.messages.wire import LISTEN_SECONDS, EngineStatus
from gpt2core.training.run import Run, planned

log = logging.getLogger(__name__)
EVENT_SECONDS = 0.15  # text goes out this often, not once a token
_CURVE_SECONDS = 0.5  # and a curve
_CALM_JOBS = 8  # with more than these at a time, everybody's text goes out more seldom

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
        if isinstance(request, ForgetRequest):
            mine.forget(request.source)
            yield {"stage": "forgotten", "done": True}
            return
        if isinstance(request, TrainRequest):
            request = mine.store.with_text(planned(request))
        check_weights(request.model, mine.store)
        ids = None
        if isinstance(request, GenerateRequest):
            ids = prompt_ids(request.prompt, request.config, after_start=request.model.learnt)
        work = LabWork(request) if isinstance(request, LabRequest) else None
        job = mine.submit(request, ids, visitor, job_id=job_id, work=work, generated=generated)
    except ConfigError as error:
        log.info("job %s: refused, %s", job_id, error.code)
        yield {"stage": "error", "error": error.as_dict()}
        return
    try:
        for event in _events(job):
            if event:
                yield event
            elif not listening():
                return
    finally:
        mine.cancel(job)


def _events(job: Job) -> Iterator[Event | None]:
    """What is new of a job, as often as it should be sent; None at least so often that a listener can be
    missed."""
    detokenizer = None
    if job.sequence and isinstance(job.request, GenerateRequest):
        detokenizer = Detokenizer(job.request, job.sequence)
    sent: Event | None = None
    while True:
        job.changed.wait(LISTEN_SECONDS)
        job.changed.clear()
        ended = job.ended.is_set()
        event = _state(job, detokenizer)
        if event != sent:
            yield event
            sent = event
        if ended:
            if job.error is None and job.built is not None and not detokenizer:
                yield from _result(job, job.built)
            return
        yield None
        pause = _CURVE_SECONDS if job.watches else EVENT_SECONDS
        until = time.monotonic() + pause * max(1.0, scheduler().queue.n_jobs / _CALM_JOBS)
        silent = detokenizer is not None and not detokenizer.sequence.last_steps
        wake = job.first_token if silent else job.ended  # the first token and the last come at once
        while (rest := until - time.monotonic()) > 0 and not wake.wait(min(rest, LISTEN_SECONDS)):
            yield None


def _state(job: Job, detokenizer: Detokenizer | None) -> Event:
    if job.error is not None:
        return {"stage": "error", "error": job.error.as_dict()}
    if detokenizer and detokenizer.sequence.last_steps and job.report:
        event = detokenizer.event(job.report)
        if job.position is not None:
            event["notice"] = "paused"
        return event
    if job.told is not None:
        return job.told()
    if job.working:
        return {"stage": "lab"}
    if job.load_task is not None:
        return {"stage": "build", "progress": job.load_task.progress}
    return {"stage": "wait", "place": job.position} if job.position else {"stage": "wait"}


def _result(job: Job, built: BuiltModel) -> Iterator[Event]:
    """What was made of the model that a job has waited for."""
    if isinstance(job.request, LabRequest):
        yield {
            "stage": "lab_result", "done": True, "seed": built.report.seed, "dtype": built.report.dtype,
            "weights": job.request.model.weights,
            "config": shape_config(job.request.config), "result": cast(LabResult, job.result),
        }  # fmt: skip
    else:
        yield {"stage": "count"}
        yield _built(built, job.request.model.weights, reused=job.reused)


def _built(built: BuiltModel, weights: str, *, reused: bool) -> BuiltEvent:
    counts, report = reconcile(built), built.report
    return {
        "stage": "built",
        "done": True,
        "config": shape_config(built.config),
        "seed": report.seed,
        "device": report.device,
        "device_name": report.device_name,
        "dtype": report.dtype,
        "weights": weights,
        "seconds": report.seconds,
        "unique_total": counts.measured,
        "weight_bytes": report.weight_bytes,
        "memory_before": report.memory_before,
        "memory_after": report.memory_after,
        "reused": reused,
        "closed_form": counts.closed_form,
        "per_module_total": counts.torchinfo_total,
        "tying_correction": counts.tying_correction,
        "agrees": counts.agrees,
        "table": counts.table,
    }
