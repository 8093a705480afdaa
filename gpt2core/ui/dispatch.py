"""From a handler to the engine and back: which engine computes, for whom, and for how long.

On ZeroGPU a job runs in a process that has the GPU, elsewhere on the engine that all share. Either way it
is counted as in flight, and ends when its caller has gone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from typing import TypeVar

from gpt2core.serving import zero_gpu  # isort: skip  (spaces before torch)

import gradio as gr

from gpt2core.errors import ConfigError
from gpt2core.runtime.settings import SETTINGS
from gpt2core.serving.client import EngineClient, ProcessEngineClient
from gpt2core.serving.messages import Event, Notice, Request, Update, WeightsRequest
from gpt2core.serving.messages.page_events import RunEvent, refusal
from gpt2core.ui.error_messages import as_sentence
from gpt2core.ui.in_flight import InFlight
from gpt2core.ui.metrics import Metrics
from gpt2core.ui.presence import Presence, arrival_of, visitor_of


def _engine() -> EngineClient:
    """The engine that the settings name."""
    if SETTINGS.engine == "ray":
        from gpt2core.serving.ray_engine.client import RayEngineClient

        return RayEngineClient()
    return ProcessEngineClient()


ENGINE = _engine()
IN_FLIGHT = InFlight()
METRICS = Metrics(ENGINE)
JOBS = "jobs"  # the concurrency_id of all that computes


def _while_present(events: Generator[Event], presence: Presence) -> Generator[Event]:
    with closing(events):
        for event in events:
            if not presence.listening():
                return
            yield event


def _noted(events: Iterator[Event], notice: Notice | None) -> Iterator[Event]:
    """The same events, with this notice where they have none of their own."""
    for event in events:
        if notice and event["stage"] != "error":
            event.setdefault("notice", notice)
        yield event


def _events(request: Request, caller: gr.Request | None) -> Generator[Event]:
    """The job's events, for as long as the caller listens."""
    presence, visitor = Presence(caller), visitor_of(caller)
    presence.wait()
    with IN_FLIGHT.running(arrival_of(caller)):
        if not zero_gpu.run:
            return (yield from ENGINE.run(request, visitor, presence.listening))
        try:
            with closing(_while_present(zero_gpu.run(request), presence)) as events:
                return (yield from _noted(events, zero_gpu.loan_notice(request)))
        except gr.Error as refused:
            notice = zero_gpu.cpu_instead(refused, request)
        yield from _noted(ENGINE.run(request.on_cpu(), visitor, presence.listening), notice)


def run(
    kind: type[Request], values: Mapping[str, object], caller: gr.Request | None = None
) -> Iterator[Update]:
    """The events of the job that a caller asks for with these values. Raises ConfigError. Where
    the GPU is refused the CPU computes, and a notice in each event says so."""
    try:
        request = kind.parse(values)
    except ConfigError as refused:
        IN_FLIGHT.release(arrival_of(caller))
        METRICS.refused(refused.code)
        raise
    events = METRICS.watched(request, _events(request, caller))
    with closing(events):  # now, and not when an error is forgotten
        for event in events:
            if event["stage"] == "error":
                raise ConfigError.from_dict(event["error"])
            if event["stage"] != "weights":  # a file, which is asked for by `weights_file`
                yield event


def weights_file(values: Mapping[str, object]) -> bytes:
    """The file of what a run has learnt. Raises ConfigError."""
    request = WeightsRequest.parse(values)
    for event in zero_gpu.run(request) if zero_gpu.run else ENGINE.run(request):
        if event["stage"] == "weights":
            return event["data"]
        if event["stage"] == "error":
            raise ConfigError.from_dict(event["error"])
    raise ConfigError("left", "", "")


def page_events(
    kind: type[Request], lang: str, values: Mapping[str, object], caller: gr.Request
) -> Iterator[RunEvent]:
    """The events of a job as the page shows them: a first one at once, and instead of an exception one
    sentence."""
    try:
        yield {"stage": "wait"}
        yield from run(kind, values, caller)
    except Exception as error:
        yield refusal(as_sentence(error, lang))


Shown = TypeVar("Shown")


def for_page(handler: Callable[..., Iterator[Shown]], lang: str) -> Callable[..., Iterator[Shown]]:
    """`handler(lang, caller, *values)` as Gradio calls it. (It gives no request to a partial.)"""

    def handle(caller: gr.Request, *values: object) -> Iterator[Shown]:
        yield from handler(lang, caller, *values)

    return handle


def on_zero_gpu() -> bool:
    return zero_gpu.run is not None


def warm_up() -> None:
    """Gets ready what the first job needs. On ZeroGPU that is nothing: it forks a process for each."""
    if not zero_gpu.run:
        ENGINE.start()


def device_label() -> str:
    """The device's name for the Build button; waits until it is known."""
    return zero_gpu.device_name() if zero_gpu.run else ENGINE.device_name()


def known_device() -> str | None:
    """The same without waiting: None where it is not known yet, or would have to be looked for."""
    return None if zero_gpu.run else ENGINE.status.device_name or None


def known_dtypes() -> tuple[str, ...]:
    """The number formats that the device offers, first the one to begin with; () where that is not known
    yet."""
    return zero_gpu.DTYPES if zero_gpu.run else ENGINE.status.dtypes
