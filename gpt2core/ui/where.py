"""Where a job runs: in this process, or on ZeroGPU in a process that has the GPU.

Imported before torch is: `spaces` must come first. Outside ZeroGPU its decorator does nothing,
and where the package is missing there is no decorator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

try:
    import spaces
except ImportError:  # any other failure must be loud: a broken ZeroGPU is no CPU
    spaces = None

import gradio as gr

from gpt2core.config import ConfigError
from gpt2core.costs import costs
from gpt2core.ui.errors import as_sentence

if TYPE_CHECKING:
    from gpt2core.jobs import BuildRequest, Event, GenerateRequest

    Request = BuildRequest | GenerateRequest

# The titles of spaces 0.51's refusals (its client.py): there is no GPU time left for this visitor.
_QUOTA_TITLES = ("ZeroGPU quota exceeded", "ZeroGPU pending credits exceeded",
                 "ZeroGPU illegal duration")  # fmt: skip
CONCURRENCY_ID = "compute"  # one queue for all that computes


def gpu_seconds(request: Request) -> int:
    """How long a job may hold a ZeroGPU: its start, drawing the weights, then token by token."""
    billions = costs(request.config).weight_bytes / 4e9
    per_token = 0.002 + 0.0005 * request.config.n_layer
    return round(10 + 5 * billions + per_token * request.n_tokens)


def _job(request: Request) -> Iterator[Event]:
    from gpt2core import jobs  # not at the top: the page stands before torch is in

    yield from jobs.run(request)


on_gpu = spaces.GPU(duration=gpu_seconds)(_job) if spaces else _job


def run(request: Request) -> Iterator[Event]:
    """The job's events. Raises ConfigError. A refused GPU quota means the CPU, and an event
    `{"notice": "quota"}` first."""
    events = on_gpu(request)
    try:
        first = next(events, None)
    except gr.Error as refused:
        if getattr(refused, "title", "") not in _QUOTA_TITLES:
            raise
        yield {"notice": "quota"}
        events = _job(request.on_cpu())
        first = next(events, None)
    while first is not None:
        if "error" in first:
            raise ConfigError.from_dict(first["error"])
        yield first
        first = next(events, None)


def told(kind: str, lang: str, values: Mapping[str, object]) -> Iterator[Event]:
    """The events of the job `kind` (a request class of jobs.py) as the page shows them: a first one
    at once, a notice on all that follow it, and instead of an exception one sentence."""
    try:
        yield {"stage": "build", "progress": 0.0}
        from gpt2core import jobs

        notices: Event = {}
        for event in run(getattr(jobs, kind).parse(values)):
            notices |= {"notice": event["notice"]} if "notice" in event else {}
            yield event | notices
    except Exception as error:
        yield {"error": as_sentence(error, lang)}


def device_label() -> str:
    """The device's name for the Build button."""
    from gpt2core.device import device_name, pick_device

    return device_name(pick_device())
