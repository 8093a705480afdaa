"""What is told of a job, as often as anybody could read it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

from gpt2core.counting.reconcile import reconcile
from gpt2core.engine.job import Job
from gpt2core.engine.request_queue import RequestQueue
from gpt2core.model.built import BuiltModel
from gpt2core.serving.detokenizer import Detokenizer
from gpt2core.serving.messages import (
    BuiltEvent,
    Event,
    GenerateRequest,
    LabRequest,
    ScoreRequest,
    shape_config,
)
from gpt2core.serving.messages.lab_results import LabResult
from gpt2core.serving.messages.wire import LISTEN_SECONDS
from gpt2core.training.score import Score
from gpt2core.training.score_work import score_event

EVENT_SECONDS = 0.15  # text goes out this often, not once a token
_CURVE_SECONDS = 0.5  # and a curve
_CALM_JOBS = 8  # with more than these at a time, everybody's text goes out more seldom


def events_of(job: Job, queue: RequestQueue) -> Iterator[Event | None]:
    """What is new of a job, as often as it should be sent; None so often that a listener can be missed,
    which is more seldom the more there are: each look is a thread that wakes between two matrices."""
    detokenizer = None
    if job.sequence and isinstance(job.request, GenerateRequest):
        detokenizer = Detokenizer(job.request, job.sequence)
    sent: Event | None = None
    while True:
        calm = max(1.0, queue.n_jobs / _CALM_JOBS)
        job.changed.wait(LISTEN_SECONDS * calm)
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
        until = time.monotonic() + pause * calm
        silent = detokenizer is not None and not detokenizer.sequence.last_steps
        wake = job.first_token if silent else job.ended  # the first token and the last come at once
        while (rest := until - time.monotonic()) > 0 and not wake.wait(min(rest, LISTEN_SECONDS * calm)):
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
    elif isinstance(job.request, ScoreRequest):
        yield score_event(cast(Score, job.result), job.request.model.weights, built.report)
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
