"""A job at the engines of a cluster: at one after another, if need be, until it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from gpt2core.serving.messages import Request
from gpt2core.serving.messages.wire import Run
from gpt2core.serving.ray_engine.connect import described
from gpt2core.serving.ray_engine.membership import Membership
from gpt2core.serving.supervised_job import SupervisedJob

log = logging.getLogger(__name__)
# How often a job is handed on without a token between, and how much longer it waits each time.
_MOST_HANDOVERS, _HANDOVER_SECONDS = 8, 0.5
# What an engine that is about to end says of its jobs: they go on at another.
_OF_THE_ENGINE = ("closing", "died", "down")


async def compute(job: SupervisedJob, cluster: Membership, may_go_on: Callable[[], bool]) -> None:
    """Returns when its visitor has heard the last of it."""
    handovers = 0
    while True:
        before = _n_tokens(job)
        why = await _stream(job, cluster)
        if job.over:
            return
        handovers = 1 if _n_tokens(job) > before else handovers + 1
        if handovers > _MOST_HANDOVERS or not may_go_on():
            job.fail("died")
            return
        log.warning("job %d: goes on at another engine: %s", job.id, why)
        job.resume()
        await asyncio.sleep(_HANDOVER_SECONDS * (handovers - 1))


async def _stream(job: SupervisedJob, cluster: Membership) -> str:
    """Passes on what one engine says of a job; why it has said no more."""
    run = Run(job.id, job.request, job.visitor, job.generated)
    handle = cluster.handle.options(session_id=_model_key(job.request))
    stream = handle.run.remote(cluster.page, run)
    try:
        async for event in stream:
            if event["stage"] == "error" and event["error"]["code"] in _OF_THE_ENGINE:
                return f"its engine says {event['error']['code']}"
            job.hear(event)
            if job.over:
                return ""
        return "its stream has ended"
    except Exception as error:  # Ray has a dozen for an engine that is gone, or was never reached
        return described(error)
    finally:
        if not job.over:
            stream.cancel()


def _model_key(request: Request) -> str:
    """The same for all that one model is needed for, and for no other model."""
    model = request.model
    return f"{model.config} {model.seed} {model.dtype}"


def _n_tokens(job: SupervisedJob) -> int:
    return sum(len(row) for row in job.generated)
