"""Where a job runs: on a lent GPU, or where that is refused on the CPU.

test_zero_gpu_space.py has the real `spaces`; here stands what needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, cast

import gradio as gr
import pytest
from serving.engines import EngineHere
from shapes import TINY

from gpt2core import ConfigError, GPTConfig
from gpt2core.engine.run_store import RunStore
from gpt2core.serving import zero_gpu
from gpt2core.serving.messages import (
    BuildRequest,
    Event,
    ForgetRequest,
    GenerateRequest,
    LabRequest,
    Request,
    TrainRequest,
)
from gpt2core.ui import dispatch
from gpt2core.ui.presence import Presence

VALUES = asdict(TINY) | {"seed": 1, "prompt": "on on", "max_new_tokens": 9}
OnGPU = Callable[[Request], Iterator[Event]]


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> EngineHere:
    engine = EngineHere()
    monkeypatch.setattr(dispatch, "ENGINE", engine)
    return engine


def refused(title: str) -> OnGPU:
    def run(request: Request) -> Iterator[Event]:
        yield from ()
        raise gr.Error("no", title=title)

    return run


def events_of(values: dict[str, object]) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], list(dispatch.run(GenerateRequest, values)))


def test_a_refused_quota_falls_back_to_the_cpu(monkeypatch: pytest.MonkeyPatch, engine: EngineHere) -> None:
    monkeypatch.setattr(zero_gpu, "run", refused("ZeroGPU quota exceeded"))
    events = events_of(VALUES)
    assert {event["notice"] for event in events} == {"quota"}
    assert events[-1]["done"]
    assert events[-1]["device"].startswith("CPU")
    (asked,) = engine.asked
    assert isinstance(asked, GenerateRequest)
    assert asked.model.device == "cpu", "also where this process sees a GPU"


def test_another_failure_of_the_gpu_is_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zero_gpu, "run", refused("ZeroGPU worker error"))
    with pytest.raises(RuntimeError, match="ZeroGPU worker error: no"):
        events_of(VALUES)


def test_zerogpu_runs_a_job_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        zero_gpu, "run", zero_gpu._kept(zero_gpu._run)
    )  # what the process that has the GPU calls
    *_, last = events_of(VALUES)
    assert last["done"]
    assert "notice" not in last


@pytest.mark.parametrize(
    ("setting", "expected"), [(None, False), ("false", False), ("true", True), ("1", True)]
)
def test_the_package_alone_is_no_zerogpu(
    monkeypatch: pytest.MonkeyPatch, setting: str | None, expected: bool
) -> None:
    """Spaces with a CPU or a GPU of their own have `spaces` installed, too."""
    monkeypatch.setattr(zero_gpu, "spaces", object())
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    if setting is not None:
        monkeypatch.setenv("SPACES_ZERO_GPU", setting)
    assert zero_gpu.available() is expected
    monkeypatch.setattr(zero_gpu, "spaces", None)
    assert not zero_gpu.available()


def test_a_refusal_comes_back_as_the_error_it_was() -> None:
    with pytest.raises(ConfigError) as caught:
        events_of(VALUES | {"prompt": "on " * 60})
    assert caught.value.params["block_size"] == TINY.block_size


def test_gpu_time_grows_with_the_work() -> None:
    def speak(**more: object) -> int:
        return zero_gpu.gpu_seconds(GenerateRequest.parse(VALUES | more))

    small = speak()
    large = zero_gpu.gpu_seconds(GenerateRequest.parse({"n_layer": 48, "n_head": 25, "n_embd": 1600}))
    build = zero_gpu.gpu_seconds(BuildRequest.parse({}))
    assert 10 <= small < large <= 60
    assert build <= 15
    asked, read = (speak(n_layer=48, prompt="on " * n) for n in (1, 6000))
    assert asked < read, "a prompt takes its time, too"
    assert zero_gpu.gpu_seconds(LabRequest.parse({"lab": "tying"})) > build


def test_no_more_gpu_time_is_asked_for_than_is_lent() -> None:
    """ZeroGPU refuses who asks for more, however much of their quota is left."""
    short, long = (
        GenerateRequest.parse({"n_layer": 48, "n_head": 25, "n_embd": 1600, "block_size": 60_000} | more)
        for more in ({"max_new_tokens": 100}, {"max_new_tokens": 60_000})
    )
    assert zero_gpu.gpu_seconds(short) < zero_gpu.LONGEST_LOAN == zero_gpu.gpu_seconds(long)
    assert zero_gpu.loan_notice(short) is None
    assert zero_gpu.loan_notice(long) == "may_end"


def test_half_a_surrogate_pair_takes_its_time_like_any_text() -> None:
    assert zero_gpu.gpu_seconds(GenerateRequest.parse({"prompt": "a\ud83db"})) >= 10


def test_a_job_on_the_gpu_is_counted_and_ends_when_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []

    def endless(request: Request) -> Iterator[Event]:
        try:
            while True:
                yield {"stage": "wait"}
        finally:
            ended.append(request)

    monkeypatch.setattr(zero_gpu, "run", endless)
    heard = iter([True] * 4)
    monkeypatch.setattr(Presence, "listening", lambda self: next(heard, False))
    in_flight = [dispatch.IN_FLIGHT.count() for _ in dispatch.run(GenerateRequest, VALUES)]
    assert in_flight == [1, 1, 1], "one look more, before it began"
    assert ended
    assert dispatch.IN_FLIGHT.count() == 0


def test_what_a_lent_gpu_has_learnt_is_kept_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zero_gpu, "_STORE", RunStore())
    monkeypatch.setattr(zero_gpu, "run", zero_gpu._kept(zero_gpu._run))
    shape = asdict(GPTConfig(1, 2, 32, 32, 256))
    asked = shape | {"source": "text", "text": "the cat and the dog " * 30, "steps": 3, "batch_size": 2}
    *told, last = cast(list[dict[str, Any]], list(dispatch.run(TrainRequest, asked)))
    assert {event["stage"] for event in told} <= {"wait", "train"}
    assert last["done"]
    assert zero_gpu._STORE.named(last["run"]).step == 3
    by_name = shape | {"source": last["source"], "steps": 3, "batch_size": 2}
    *_, again = cast(list[dict[str, Any]], list(dispatch.run(TrainRequest, by_name)))
    assert again["run"] == last["run"]
    list(dispatch.run(ForgetRequest, by_name))
    with pytest.raises(ConfigError, match="text_gone"):
        list(dispatch.run(TrainRequest, by_name))
