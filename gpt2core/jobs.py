"""A request in, a stream of plain events out: the one seam behind which everything is computed.

So a job can run in this process or in another one (ZeroGPU), and neither the page nor the API needs
to know which. An expected failure is an event too: `{"error": ConfigError.as_dict()}`.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, TypeAlias

import torch

from gpt2core.admission import Job
from gpt2core.batch import Speech, steps_decoded
from gpt2core.config import (
    COMPARED_TEMPERATURES,
    TOKENIZER_VOCAB,
    ConfigError,
    GPTConfig,
    SamplingOptions,
)
from gpt2core.device import device_name
from gpt2core.inspection import reconcile
from gpt2core.requests import BuildRequest, CompareRequest, GenerateRequest, Request, Visitor
from gpt2core.sampling import Step, entropy, scaled_logits
from gpt2core.scheduler import Scheduler
from gpt2core.tokenizer import END_OF_TEXT_ID, TextStream, Tokenizer

Event: TypeAlias = dict[str, Any]
EVENT_SECONDS = 0.15  # text goes out this often, not once a token
_CALM_JOBS = 8  # with more than these at a time, everybody's text goes out more seldom
_LISTEN_SECONDS = 0.2  # how often it is asked whether anybody still listens
TOP_TOKENS = 20


_schedulers: dict[int, Scheduler] = {}
_making = threading.Lock()


def here() -> Scheduler:
    """This process's scheduler. (A forked process has none of its parent's threads.)"""
    with _making:
        if os.getpid() not in _schedulers:
            _schedulers[os.getpid()] = Scheduler()
        return _schedulers[os.getpid()]


def close(seconds: float = 10.0) -> None:
    """Ends this process's scheduler, if it has one; running jobs may go on for so long."""
    with _making:
        scheduler = _schedulers.get(os.getpid())
    if scheduler:
        scheduler.close(seconds)


def leave_the_cores() -> None:
    """For threads beside the one that decodes: keeps their own small sums on one core.

    Otherwise each would get helpers of its own, there would be more threads than cores, and OpenMP,
    seeing that, would put all of them to sleep between any two matrices: half the speed for everybody.
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
    }


def run(
    request: Request, visitor: Visitor | None = None, listening: Callable[[], bool] = lambda: True
) -> Iterator[Event]:
    """The job's events, the last of which has `done`. Closing the iterator ends the computing, and so
    does `listening` when it says no."""
    try:
        scheduler = here()
        ids = prompt_ids(request) if isinstance(request, GenerateRequest) else None
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
        job.news.wait(_LISTEN_SECONDS)
        job.news.clear()
        ended = job.ended.is_set()
        event = _state(job, voice)
        if event != told:
            yield event
            told = event
        if ended:
            if job.error is None and job.built is not None and voice is None:
                yield {"stage": "count"}
                yield _built(job)
            return
        yield {}
        until = time.monotonic() + EVENT_SECONDS * max(1.0, here().line.n_jobs / _CALM_JOBS)
        silent = voice is not None and not voice.speech.said
        wake = job.spoke if silent else job.ended  # the first word and the last come at once
        while (rest := until - time.monotonic()) > 0 and not wake.wait(min(rest, _LISTEN_SECONDS)):
            yield {}


def _state(job: Job, voice: Voice | None) -> Event:
    if job.error is not None:
        return {"error": job.error.as_dict()}
    if voice and voice.speech.said and job.built:
        return voice.event() | {"device": job.built.report.device_name, "dtype": job.built.report.dtype}
    if job.building is not None:
        return {"stage": "build", "progress": job.building.progress}
    return {"stage": "wait", "place": job.place} if job.place else {"stage": "wait"}


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


def prompt_ids(request: GenerateRequest) -> list[int]:
    """The prompt's tokens; for an empty one GPT-2's start token."""
    # A vocabulary too small for <|endoftext|> starts from its last token instead.
    last = min(END_OF_TEXT_ID, request.config.vocab_size - 1)
    return Tokenizer().encode(request.prompt) or [last]


class Voice:
    """A speech as it is told: its tokens become text, and figures."""

    def __init__(self, request: Request, speech: Speech) -> None:
        assert isinstance(request, GenerateRequest)
        self.request, self.speech = request, speech
        self._tokenizer = Tokenizer()
        self._streams = [TextStream(self._tokenizer) for _ in speech.options]
        self._texts = [""] * len(speech.options)
        self._heard = 0

    def event(self) -> Event:
        """Everything that has been said so far."""
        speech = self.speech
        n, steps = speech.said, speech.last
        done = n == speech.n_new
        for row, stream in enumerate(self._streams):
            for i in range(self._heard, n):
                self._texts[row] += stream.push(speech.tokens[row][i], last=i + 1 == speech.n_new)
        self._heard = n
        spoken = n * len(speech.options)
        event = {
            "done": done, "n_tokens": spoken, "stop_reason": speech.last[0].stop_reason if done else None,
            "tokens_per_second": spoken / max(1e-9, speech.spoken_at - speech.started),
            "block_size": self.request.config.block_size,
        }  # fmt: skip
        tell = self._comparison if isinstance(self.request, CompareRequest) else self._generation
        return event | tell(n, steps)

    def _generation(self, n: int, steps: list[Step]) -> Event:
        start = self.speech.ids[0]
        label = "<|endoftext|>" if start == END_OF_TEXT_ID else str(start)
        return {
            "stage": "generate", "text": self._texts[0], "tokens": self.speech.tokens[0][:n],
            "start_token": None if self.request.prompt else label,
            "probability": steps[0].probability,
            "distribution": _likeliest(steps[0], self.request.sampling.temperature, self._tokenizer),
        }  # fmt: skip

    def _comparison(self, n: int, steps: list[Step]) -> Event:
        repeats = [sum(a == b for a, b in zip(t[1:n], t[: n - 1], strict=True)) for t in self.speech.tokens]
        return {
            "stage": "compare", "texts": list(self._texts), "temperatures": list(COMPARED_TEMPERATURES),
            # greedy leaves nothing open, whatever the distribution
            "entropies": [
                step.entropy if t else 0.0
                for t, step in zip(COMPARED_TEMPERATURES, steps, strict=True)
            ],
            "repeat_shares": [r / max(1, n - 1) for r in repeats],
        }  # fmt: skip


def _likeliest(step: Step, temperature: float, tokenizer: Tokenizer) -> dict[str, Any]:
    """The likeliest next tokens of one step, before and after temperature."""
    before, after = scaled_logits(step.logits, 1.0), scaled_logits(step.logits, temperature)
    top = torch.topk(step.logits, min(TOP_TOKENS, step.logits.numel())).indices
    greedy = temperature == 0
    chosen = [1.0] + [0.0] * (len(top) - 1) if greedy else (after - after.logsumexp(-1)).exp()[top].tolist()
    return {
        "ids": top.tolist(),
        "labels": [tokenizer.label(i) for i in top.tolist()],
        "before": (before - before.logsumexp(-1)).exp()[top].tolist(),
        "after": chosen,
        "entropy_before": float(entropy(before)),
        "entropy_after": 0.0 if greedy else float(entropy(after)),
        "entropy_maximum": math.log(min(step.logits.numel(), TOKENIZER_VOCAB)),
        "temperature": temperature,
    }
