"""Where a job runs: in the process that computes, or on ZeroGPU in one that has the GPU. Chosen here, once.

Imported before torch is: `spaces` must come first. Spaces on a CPU or a GPU of their own have that package
too, so what counts is whether ZeroGPU is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from typing import Any

try:
    import spaces
except ImportError:  # any other failure must be loud: a broken ZeroGPU is no CPU
    spaces = None

import gradio as gr

from gpt2core.config import ConfigError
from gpt2core.costs import costs
from gpt2core.process import Computer
from gpt2core.requests import Event, LabRequest, Request
from gpt2core.ui.errors import as_sentence
from gpt2core.ui.guests import Guests
from gpt2core.ui.listeners import Ear, visitor_of

COMPUTER, GUESTS = Computer(), Guests()
JOBS = "jobs"  # the concurrency_id of all that computes

# The titles of spaces 0.51's refusals (its client.py): there is no GPU time left for this visitor.
_QUOTA_TITLES = ("ZeroGPU quota exceeded", "ZeroGPU pending credits exceeded",
                 "ZeroGPU illegal duration")  # fmt: skip


def gpu_seconds(request: Request) -> int:
    """How long a job may hold a ZeroGPU: its start, drawing the weights, its prompt, then token by token. A
    lab may build the model again, tied and untied, or on the CPU, too."""
    billions = costs(request.config).weight_bytes / 4e9
    per_step = 0.002 + 0.0005 * request.config.n_layer
    start = 30 if isinstance(request, LabRequest) else 10
    return round(start + 5 * billions + per_step * request.n_steps)


def _alone(request: Request) -> Iterator[Event]:
    """In this process, which ZeroGPU has forked for it."""
    from gpt2core import jobs  # not at the top: the page stands without torch

    yield from jobs.run(request)


def zero_gpu() -> bool:
    """Whether this Space runs on ZeroGPU: what spaces 0.51 itself asks (its config.py)."""
    return spaces is not None and os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


on_gpu = spaces.GPU(duration=gpu_seconds)(_alone) if zero_gpu() else None


def _while_heard(events: Generator[Event], ear: Ear) -> Generator[Event]:
    with closing(events):
        for event in events:
            if not ear.listening():
                return
            yield event


def _events(request: Request, caller: gr.Request | None) -> Generator[Event]:
    """On a ZeroGPU, or with everybody else's jobs in the process that computes: for as long as the caller
    listens, and counted among the guests."""
    ear, visitor = Ear(caller), visitor_of(caller)
    ear.wait()
    with GUESTS.served(visitor.address):
        if on_gpu:
            try:
                return (yield from _while_heard(on_gpu(request), ear))
            except gr.Error as refused:
                if getattr(refused, "title", "") not in _QUOTA_TITLES:
                    raise
            yield {"notice": "quota"}
            request = request.on_cpu()
        yield from COMPUTER.run(request, visitor, ear.listening)


def run(
    kind: type[Request], values: Mapping[str, object], caller: gr.Request | None = None
) -> Iterator[Event]:
    """The events of the job that a caller asks for with these values. Raises ConfigError. A refused GPU
    quota means the CPU, and an event `{"notice": "quota"}` first."""
    try:
        request = kind.parse(values)
    except ConfigError:
        GUESTS.turn_back(visitor_of(caller).address)
        raise
    with closing(_events(request, caller)) as events:  # now, and not when an error is forgotten
        for event in events:
            if "error" in event:
                raise ConfigError.from_dict(event["error"])
            yield event


def told(
    kind: type[Request], lang: str, values: Mapping[str, object], caller: gr.Request
) -> Iterator[Event]:
    """The events of a job as the page shows them: a first one at once, a notice on all that follow it,
    and instead of an exception one sentence."""
    try:
        yield {"stage": "wait"}
        notices: Event = {}
        for event in run(kind, values, caller):
            notices |= {"notice": event["notice"]} if "notice" in event else {}
            yield event | notices
    except Exception as error:
        yield {"error": as_sentence(error, lang)}


def for_page(handler: Callable[..., Iterator[Any]], lang: str) -> Callable[..., Iterator[Any]]:
    """`handler(lang, caller, *values)` as Gradio calls it. (It gives no request to a partial.)"""

    def handle(caller: gr.Request, *values: object) -> Iterator[Any]:
        yield from handler(lang, caller, *values)

    return handle


def warm_up() -> None:
    """Gets ready what the first job needs. On ZeroGPU that is nothing: it forks a process for each."""
    if not on_gpu:
        COMPUTER.start()


def device_label() -> str:
    """The device's name for the Build button."""
    if not on_gpu:
        return COMPUTER.device_name()
    from gpt2core.device import device_name, pick_device

    return device_name(pick_device())
