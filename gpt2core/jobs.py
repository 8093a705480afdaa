"""A request in, a stream of plain events out: the one seam behind which everything is computed.

So a job can run in this process or in another one (ZeroGPU), and neither the page nor the API needs
to know which. An expected failure is an event too: `{"error": ConfigError.as_dict()}`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict

import torch

from gpt2core.admission import Job
from gpt2core.batch import steps_decoded
from gpt2core.config import ConfigError, GPTConfig, SamplingOptions
from gpt2core.device import device_name
from gpt2core.inspection import reconcile
from gpt2core.labs.answer import answer
from gpt2core.requests import (
    LISTEN_SECONDS,
    BuildRequest,
    Event,
    GenerateRequest,
    LabRequest,
    Request,
    Visitor,
)
from gpt2core.scheduler import Scheduler
from gpt2core.tokenizer import prompt_ids
from gpt2core.voice import Voice, lab_event

EVENT_SECONDS = 0.15  # text goes out this often, not once a token
_CALM_JOBS = 8  # with more than these at a time, everybody's text goes out more seldom

_schedulers: dict[int, Scheduler] = {}
_making = threading.Lock()
_in_the_lab = threading.Lock()  # one at a time: the cores belong to those who speak


def here() -> Scheduler:
    """This process's scheduler. (A forked process has none of its parent's threads.)"""
    with _making:
        if os.getpid() not in _schedulers:
            _schedulers[os.getpid()] = Scheduler()
        return _schedulers[os.getpid()]


def close(seconds: float) -> None:
    """Ends this process's scheduler, if it has one; running jobs may go on for so long."""
    with _making:
        scheduler = _schedulers.get(os.getpid())
    if scheduler:
        scheduler.close(seconds)


def leave_the_cores() -> None:
    """For threads beside the one that decodes: keeps their own small sums on one core.

    Otherwise each would get helpers of its own, there would be more threads than cores, and OpenMP,
    seeing that, would put all of them to sleep between any two matrices: decoding then used 1.2 cores
    of two instead of 1.7.
    """
    torch.set_num_threads(1)


def warm_up() -> None:
    """Loads what the first job needs, so that the first visitor does not wait for it."""
    leave_the_cores()
    smallest = BuildRequest(GPTConfig(1, 1, 8, 8, 8), 0)
    for request in (GenerateRequest(smallest, "", SamplingOptions(max_new_tokens=2)), smallest):
        for _ in run(request):
            pass


def vital() -> Event:
    """How this process does, in figures."""
    scheduler = here()
    return {
        "device_name": device_name(scheduler.device),
        "steps_decoded": steps_decoded(),
        "running": len(scheduler.line.running),
        "waiting": len(scheduler.line.waiting),
        "broken": scheduler.broken,
    }


def run(
    request: Request, visitor: Visitor | None = None, listening: Callable[[], bool] = lambda: True
) -> Iterator[Event]:
    """The job's events, the last of which has `done`. Closing the iterator ends the computing, and so
    does `listening` when it says no."""
    try:
        scheduler = here()
        ids = prompt_ids(request.prompt, request.config) if isinstance(request, GenerateRequest) else None
        job = scheduler.submit(request, ids, visitor)
    except ConfigError as error:
        yield {"error": error.as_dict()}
        return
    try:
        for event in _events(job):
            if event:
                yield event
            elif not listening():
                return
    finally:
        scheduler.cancel(job)


def _events(job: Job) -> Iterator[Event]:
    """What is new of a job, as often as it should be told; an empty event at least so often that a
    listener can be missed."""
    voice = Voice(job.request, job.speech) if job.speech else None
    told: Event = {}
    while True:
        job.news.wait(LISTEN_SECONDS)
        job.news.clear()
        ended = job.ended.is_set()
        event = _state(job, voice)
        if event != told:
            yield event
            told = event
        if ended:
            if job.error is None and voice is None:
                yield from _found(job)
            return
        yield {}
        until = time.monotonic() + EVENT_SECONDS * max(1.0, here().line.n_jobs / _CALM_JOBS)
        silent = voice is not None and not voice.speech.said
        wake = job.spoke if silent else job.ended  # the first word and the last come at once
        while (rest := until - time.monotonic()) > 0 and not wake.wait(min(rest, LISTEN_SECONDS)):
            yield {}


def _state(job: Job, voice: Voice | None) -> Event:
    if job.error is not None:
        return {"error": job.error.as_dict()}
    if voice and voice.speech.said and job.built:
        return voice.event() | {"device": job.built.report.device_name, "dtype": job.built.report.dtype}
    if job.building is not None:
        return {"stage": "build", "progress": job.building.progress}
    return {"stage": "wait", "place": job.place} if job.place else {"stage": "wait"}


def _found(job: Job) -> Iterator[Event]:
    """What is made of the model that a job has waited for."""
    assert job.built is not None
    if not isinstance(job.request, LabRequest):
        yield {"stage": "count"}
        yield _built(job)
        return
    yield {"stage": "lab"}
    while not _in_the_lab.acquire(timeout=LISTEN_SECONDS):
        yield {}
    try:
        result = answer(job.request, job.built)
        yield lab_event(job.request, job.request.lab, result)
    except Exception as error:
        yield {"error": here().reason(error).as_dict()}
    finally:
        _in_the_lab.release()


def _built(job: Job) -> Event:
    assert job.built is not None
    counts = reconcile(job.built)
    return {
        "stage": "built", "done": True,
        "config": asdict(job.built.config),
        **asdict(job.built.report),
        "reused": job.reused,
        "closed_form": counts.closed_form,
        "unique_total": counts.measured,
        "per_module_total": counts.torchinfo_total,
        "tying_correction": counts.tying_correction,
        "agrees": counts.agrees,
        "table": counts.table,
    }  # fmt: skip
