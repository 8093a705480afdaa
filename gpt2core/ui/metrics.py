"""What is counted for whoever runs the server: jobs, refusals, waits. Nothing about people is in it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gpt2core.serving.client import EngineClient
from gpt2core.serving.messages import (
    BuildRequest,
    CompareRequest,
    Event,
    ForgetRequest,
    LabRequest,
    NextTokenRequest,
    Request,
    ScoreRequest,
    TrainRequest,
    WeightsRequest,
)

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


def kind_of(request: Request) -> str:
    """What a job is, as a label: 'build', 'generate', 'compare', 'next_token', 'train', 'forget',
    'score', 'weights', or 'lab_<name>'."""
    match request:
        case BuildRequest():
            return "build"
        case LabRequest():
            return f"lab_{request.lab}"
        case TrainRequest():
            return "train"
        case ForgetRequest():
            return "forget"
        case ScoreRequest():
            return "score"
        case WeightsRequest():
            return "weights"
        case NextTokenRequest():
            return "next_token"
        case CompareRequest():
            return "compare"
    return "generate"


class Metrics:
    """The counters of one server."""

    def __init__(self, engine: EngineClient) -> None:
        self.registry = CollectorRegistry()
        self._jobs = Counter(
            "gpt2_anatomy_jobs", "Jobs that ended.", ["kind", "outcome"], registry=self.registry
        )
        self._refusals = Counter(
            "gpt2_anatomy_refusals", "Requests and jobs that were refused.", ["reason"],
            registry=self.registry,
        )  # fmt: skip
        self._waits = Histogram(
            "gpt2_anatomy_queue_wait_seconds", "From a job's arrival until something is done for it.",
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._first_texts = Histogram(
            "gpt2_anatomy_first_text_seconds", "From a job's arrival to its first text.",
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.registry.register(_EngineCollector(engine))

    def refused(self, reason: str) -> None:
        self._refusals.labels(reason).inc()

    def watched(self, request: Request, events: Generator[Event]) -> Generator[Event]:
        """The events of a job, counted on their way."""
        begin, waiting, silent, outcome = time.monotonic(), True, True, "left"
        try:
            with closing(events):
                for event in events:
                    seconds = time.monotonic() - begin
                    if waiting and event["stage"] != "wait":
                        waiting = False
                        self._waits.observe(seconds)
                    if silent and event["stage"] in ("generate", "compare"):
                        silent = False
                        self._first_texts.observe(seconds)
                    if event["stage"] == "error":
                        outcome = "failed" if event["error"]["code"] in _FAILURES else "refused"
                        self.refused(event["error"]["code"])
                    elif event.get("done"):
                        outcome = "done"
                    yield event
        finally:
            self._jobs.labels(kind_of(request), outcome).inc()


# Codes of errors that are nobody's choice; all others say that something is not allowed, or not now.
_FAILURES = ("failed", "died", "out_of_memory", "poison", "down")


class _EngineCollector(Collector):
    """What the engine says of itself, at the moment somebody asks."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        engine, status = self._engine, self._engine.status
        counters = {
            "tokens_generated": ("Tokens sampled, since the engine's start.", status.tokens_generated),
            "tokens_prefilled": ("Tokens of prompts, since the engine's start.", status.tokens_prefilled),
            "tokens_resumed": (
                "Tokens of interrupted texts that passed as a prefill.", status.tokens_resumed,
            ),
            "steps_decoded": ("Decoding steps, since the engine's start.", status.steps_decoded),
            "engine_restarts": ("How often the engine had to be started again.", engine.restarts),
        }  # fmt: skip
        gauges = {
            "engine_ready": ("1 while the engine serves.", engine.state == "ready"),
            "engines": ("How many engines compute.", len(engine.engines)),
            "jobs_running": ("Jobs that the engine computes.", status.running),
            "jobs_waiting": ("Jobs in line.", status.waiting),
            "memory_reserved_bytes": ("Reserved for models, texts and labs.", status.reserved_bytes),
            "memory_limit_bytes": ("What may be reserved.", status.limit_bytes),
            "memory_used_bytes": ("What the engine's process has taken.", status.taken_bytes),
            "memory_kept_bytes": ("Of this, what it keeps for the next model.", status.kept_bytes),
        }
        for name, (help_, value) in counters.items():
            yield CounterMetricFamily(f"gpt2_anatomy_{name}", help_, value=value)
        for name, (help_, value) in gauges.items():
            yield GaugeMetricFamily(f"gpt2_anatomy_{name}", help_, value=float(value))
        each = CounterMetricFamily(
            "gpt2_anatomy_engine_tokens_generated", "Tokens sampled by each engine.", labels=["engine"]
        )
        for name, status in engine.engines.items():
            each.add_metric([name], status.tokens_generated)
        yield each
