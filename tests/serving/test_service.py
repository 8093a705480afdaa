import time
from dataclasses import asdict

import gradio as gr
import pytest
from conftest import TINY

from gpt2core import ConfigError, count_parameters
from gpt2core.engine.batch import steps_decoded
from gpt2core.serving import service
from gpt2core.serving.detokenizer import TOP_TOKENS
from gpt2core.serving.messages import BuildRequest, CompareRequest, GenerateRequest, LabRequest
from gpt2core.ui import dispatch

SHAPE = asdict(TINY)


# ids of this text are below TINY's vocabulary of 400
VALUES = SHAPE | {"seed": 1, "prompt": "on on", "max_new_tokens": 9}


def speak(**more):
    return GenerateRequest.parse(VALUES | more)


def test_a_build_ends_with_counts_that_agree():
    *progress, result = service.run(BuildRequest.parse(SHAPE))
    assert {event["stage"] for event in progress} <= {"wait", "build", "count"}
    assert result["done"]
    assert result["agrees"]
    assert result["unique_total"] == count_parameters(TINY).unique_total
    assert result["config"] == SHAPE


def test_a_speech_streams_and_ends():
    events = [e for e in service.run(speak()) if e["stage"] == "generate"]
    assert [e["done"] for e in events] == [False] * (len(events) - 1) + [True]
    last = events[-1]
    assert last["n_tokens"] == len(last["tokens"]) == 9
    assert last["stop_reason"] == "length"
    top = last["distribution"]
    assert len(top["before"]) == len(top["after"]) == len(top["labels"]) == TOP_TOKENS
    assert top["before"] == sorted(top["before"], reverse=True)


def test_greedy_shows_one_certain_token():
    *_, last = service.run(speak(temperature=0))
    assert last["distribution"]["after"][0] == 1.0
    assert sum(last["distribution"]["after"]) == 1.0
    assert last["distribution"]["entropy_after"] == 0.0


def test_an_empty_prompt_starts_from_the_end_of_text_or_the_last_id():
    *_, last = service.run(speak(prompt=""))
    assert last["start_token"] == "399"
    *_, last = service.run(speak(prompt="", vocab_size=50257))
    assert last["start_token"] == "<|endoftext|>"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"prompt": "on " * 60}, "prompt_too_long"),
        ({"prompt": "Xin chào 👋"}, "token_id"),
        ({"n_layer": 128, "n_embd": 16384, "n_head": 1}, "memory"),
    ],
)
def test_a_refusal_is_an_event(more, code):
    *_, last = service.run(speak(**more))
    assert last["error"]["code"] == code


def test_closing_ends_the_computing():
    events = service.run(speak(max_new_tokens=4000, block_size=4096))
    next(e for e in events if e["stage"] == "generate")
    events.close()
    time.sleep(0.3)
    stood = steps_decoded()
    time.sleep(0.3)
    assert steps_decoded() == stood


def test_a_job_nobody_listens_to_ends():
    heard = iter([True] * 3)
    events = service.run(speak(max_new_tokens=4000, block_size=4096), listening=lambda: next(heard, False))
    assert not list(events)[-1].get("done")
    time.sleep(0.3)
    assert service.here().queue.n_jobs == 0


def test_the_same_model_is_built_once():
    first, second = list(service.run(speak(seed=77))), list(service.run(speak(seed=77)))
    assert first[-1]["text"] == second[-1]["text"]
    assert all(event["stage"] in ("wait", "generate") for event in second)


def test_compared_temperatures_say_how_they_end():
    request = CompareRequest.parse(SHAPE | {"prompt": "on on", "max_new_tokens": 9})
    *_, last = service.run(request)
    assert last["done"]
    assert last["n_tokens"] == 36
    assert len(last["texts"]) == len(last["entropies"]) == len(last["repeat_shares"]) == 4
    assert last["entropies"][0] == 0.0
    assert last["repeat_shares"][0] > last["repeat_shares"][3]


def test_a_class_gets_its_text_more_seldom(monkeypatch):
    """The more jobs, the longer the pause between two events of one."""

    def pause(n_jobs):
        monkeypatch.setattr(type(service.here().queue), "n_jobs", property(lambda self: n_jobs))
        events = service.run(speak(max_new_tokens=4000, block_size=4096))
        came = [time.monotonic() for event, _ in zip(events, range(6), strict=False) if event]
        events.close()
        return came[-1] - came[-2]

    alone, together = service.EVENT_SECONDS, service.EVENT_SECONDS * 40 / service._CALM_JOBS
    assert alone * 0.9 < pause(1) < together
    assert pause(40) > together * 0.9


# ---- where a job runs ------------------------------------------------------------------------


def _refused(title):
    def on_gpu(request):
        raise gr.Error("no", title=title)
        yield {}

    return on_gpu


def test_a_refused_quota_falls_back_to_the_cpu(monkeypatch):
    monkeypatch.setattr(where, "on_gpu", _refused("ZeroGPU quota exceeded"))
    first, *_, last = dispatch.run(GenerateRequest, VALUES)
    assert first == {"notice": "quota"}
    assert last["done"]
    assert last["device"].startswith("CPU")


def test_another_failure_of_the_gpu_is_loud(monkeypatch):
    monkeypatch.setattr(where, "on_gpu", _refused("ZeroGPU worker error"))
    with pytest.raises(gr.Error):
        list(dispatch.run(GenerateRequest, VALUES))


def test_zerogpu_runs_a_job_alone(monkeypatch):
    monkeypatch.setattr(where, "on_gpu", dispatch._alone)
    *_, last = dispatch.run(GenerateRequest, VALUES)
    assert last["done"]


@pytest.mark.parametrize(
    ("setting", "expected"), [(None, False), ("false", False), ("true", True), ("1", True)]
)
def test_the_package_alone_is_no_zerogpu(monkeypatch, setting, expected):
    """Spaces with a CPU or a GPU of their own have `spaces` installed, too."""
    monkeypatch.setattr(where, "spaces", object())
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    if setting is not None:
        monkeypatch.setenv("SPACES_ZERO_GPU", setting)
    assert dispatch.zero_gpu() is expected
    monkeypatch.setattr(where, "spaces", None)
    assert not dispatch.zero_gpu()


def test_a_refusal_comes_back_as_the_error_it_was():
    with pytest.raises(ConfigError) as caught:
        list(dispatch.run(GenerateRequest, VALUES | {"prompt": "on " * 60}))
    assert caught.value.params["block_size"] == TINY.block_size


def test_gpu_time_grows_with_the_work():
    small = dispatch.gpu_seconds(speak())
    large = dispatch.gpu_seconds(GenerateRequest.parse({"n_layer": 48, "n_head": 25, "n_embd": 1600}))
    assert 10 <= small < large <= 60
    assert dispatch.gpu_seconds(BuildRequest.parse({})) <= 15
    asked, read = (dispatch.gpu_seconds(speak(n_layer=48, prompt="on " * n)) for n in (1, 6000))
    assert asked < read, "a prompt takes its time, too"
    assert dispatch.gpu_seconds(LabRequest.parse({"lab": "tying"})) > dispatch.gpu_seconds(
        BuildRequest.parse({})
    )


def test_a_job_on_the_gpu_is_counted_and_ends_when_nobody_listens(monkeypatch):
    ended = []

    def on_gpu(request):
        try:
            while True:
                yield {"stage": "generate"}
        finally:
            ended.append(request)

    monkeypatch.setattr(where, "on_gpu", on_gpu)
    heard = iter([True] * 4)
    monkeypatch.setattr(dispatch.Presence, "listening", lambda self: next(heard, False))
    guests = [dispatch.GUESTS.count() for _ in dispatch.run(GenerateRequest, VALUES)]
    assert guests == [1, 1, 1], "one look more, before it began"
    assert ended
    assert dispatch.GUESTS.count() == 0
