"""Real models, real threads: everybody gets what they would get alone."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest
import torch
from eventually import eventually
from shapes import TINY, WIDE
from submitting import Clock, alone, code_of, ended, sequence_of, speak
from visits import visit_at_random

from gpt2core import BuiltModel, ConfigError, GPTConfig
from gpt2core.config import SamplingOptions
from gpt2core.engine import decoding_loop, loading, turn
from gpt2core.engine.job import Job
from gpt2core.engine.scheduler import Scheduler
from gpt2core.model.weights import build_in_steps
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import (
    PREFILL_CHUNK,
    BuildRequest,
    CompareRequest,
    GenerateRequest,
)


def decoding(job: Job) -> Job:
    """The job, once it has a token."""
    eventually(lambda: sequence_of(job).n_generated)
    return job


def test_everybody_gets_what_they_would_get_alone(serving: Scheduler) -> None:
    requests = [
        (
            GenerateRequest(
                BuildRequest(TINY, n % 3), "",
                SamplingOptions(0.05 * n, (None, 7)[n % 2], (None, 0.9)[n % 3 == 0], 5 + n, n),
            ),
            [n + 1] * (1 + n % 9),
        )
        for n in range(24)
    ]  # fmt: skip
    jobs = [serving.submit(request, ids) for request, ids in requests]
    for job, (request, ids) in zip(jobs, requests, strict=True):
        assert ended(job).error is None
        assert sequence_of(job).tokens[0] == alone(request, ids)


def test_a_long_prompt_goes_through_in_parts_and_right(serving: Scheduler) -> None:
    request = speak(WIDE, max_new_tokens=5)
    ids = [n % 300 for n in range(300)]
    job = ended(serving.submit(request, ids))
    assert sequence_of(job).tokens[0] == alone(request, ids)


def test_newcomers_do_not_stall_the_others_for_long(
    monkeypatch: pytest.MonkeyPatch, serving: Scheduler
) -> None:
    """While a long prompt comes in, a sequence goes on."""
    monkeypatch.setattr(turn, "_MOST_PREFILL_SECONDS", 0.0)
    first = decoding(serving.submit(speak(WIDE, max_new_tokens=2000), [1]))
    second = serving.submit(speak(WIDE, max_new_tokens=1), [1] * 2000)
    begin = sequence_of(first).n_generated
    ended(second)
    assert sequence_of(first).n_generated - begin >= 2000 // PREFILL_CHUNK, "a step for each part"


def test_a_model_is_built_once_for_all(serving: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    real = build_in_steps

    def counted(
        config: GPTConfig, seed: int, device: str, dtype: torch.dtype, **more: bool
    ) -> Generator[float, None, BuiltModel]:
        built.append(seed)
        return real(config, seed, device, dtype, **more)

    monkeypatch.setattr(loading, "build_in_steps", counted)
    jobs = [serving.submit(BuildRequest(TINY, seed)) for seed in (5, 5, 6, 5, 6)]
    models = [ended(job).built for job in jobs]
    assert sorted(built) == [5, 6]
    assert models[0] is models[1] is models[3] is not None
    assert not jobs[1].reused, "it was built for all who waited"
    later = ended(serving.submit(BuildRequest(TINY, 5)))
    assert later.built is models[0]
    assert later.reused


def test_compared_rows_are_one_job(serving: Scheduler) -> None:
    request = CompareRequest(BuildRequest(TINY, 0), "", SamplingOptions(max_new_tokens=9, seed=4))
    job = ended(serving.submit(request, [3, 4]))
    for options, tokens in zip(request.options, sequence_of(job).tokens, strict=True):
        assert tokens == alone(GenerateRequest(request.model, "", options), [3, 4])


def test_cancelling_frees_the_row_at_once(serving: Scheduler) -> None:
    job = decoding(serving.submit(speak(WIDE, max_new_tokens=4000), [1]))
    serving.cancel(job)
    ended(job, 10)
    assert not any(loaded.batch.sequences for loaded in serving.pool)
    stood = serving.counters.steps_decoded
    for _ in range(3):  # each of these is a round of the thread that decodes
        serving.cancel(ended(serving.submit(BuildRequest(WIDE, 0))))
    assert serving.counters.steps_decoded == stood


def test_a_build_nobody_wants_any_more_is_given_up(serving: Scheduler) -> None:
    big = GPTConfig(8, 8, 1024, 64, 1000)
    job = serving.submit(BuildRequest(big, 1))
    task = eventually(lambda: job.load_task)
    serving.cancel(job)
    ended(job, 10)
    eventually(lambda: not serving.loader.tasks)
    assert task is not None
    assert task.progress < 1
    assert serving.pool.get(BuildRequest(big, 1)) is None


def test_a_job_that_takes_too_long_is_ended() -> None:
    clock = Clock()
    s = Scheduler(2**30, "cpu", settings=Settings(max_job_seconds=60), now=clock)
    job = decoding(s.submit(speak(WIDE, max_new_tokens=4000), [1]))
    clock.seconds = 59.0
    begin = sequence_of(job).n_generated
    eventually(lambda: sequence_of(job).n_generated > begin + 20)
    assert not job.ended.is_set()
    clock.seconds = 61.0
    assert code_of(ended(job)) == "deadline"
    assert not sequence_of(job).finished
    assert ended(s.submit(speak(), [1])).error is None
    s.close(1)


def test_no_more_rows_are_decoded_at_a_time_than_allowed() -> None:
    s = Scheduler(2**30, "cpu", settings=Settings(max_rows=2))
    first, second = (decoding(s.submit(speak(WIDE, max_new_tokens=40), [n])) for n in (1, 2))
    third = s.submit(speak(WIDE, max_new_tokens=1), [3])
    ended(third)
    assert first.ended.is_set() or second.ended.is_set()
    s.close(0)


def test_models_take_turns() -> None:
    s = Scheduler(limit_bytes=2**30, device="cpu")
    jobs = [s.submit(speak(WIDE, seed=n, max_new_tokens=500), [1]) for n in range(4)]
    eventually(lambda: any(job.ended.is_set() for job in jobs))
    assert all(sequence_of(job).n_generated > 20 for job in jobs), "one ended before another had its turn"
    s.close(0)


def test_a_tiny_models_step_is_one_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(decoding_loop, "use_cores", asked.append)
    monkeypatch.setattr(decoding_loop, "usable_cores", lambda: 7)
    s = Scheduler(limit_bytes=2**30, device="cpu")
    ended(s.submit(speak(TINY), [1]))
    ended(s.submit(speak(GPTConfig(2, 2, 256, 64, 5000)), [1]))
    s.close(1)
    assert asked == [7, 1, 7]


def test_closing_lets_the_running_end_and_takes_no_more() -> None:
    before = set(threading.enumerate())
    s = Scheduler(limit_bytes=2**30, device="cpu")
    threads = set(threading.enumerate()) - before
    assert threads
    job = decoding(s.submit(speak(), [1]))
    s.close(10)
    assert job.error is None
    assert sequence_of(job).finished
    with pytest.raises(ConfigError) as caught:
        s.submit(speak(), [1])
    assert caught.value.code == "closing"
    eventually(lambda: not any(thread.is_alive() for thread in threads))


def test_closing_ends_what_takes_too_long() -> None:
    s = Scheduler(limit_bytes=2**30, device="cpu")
    job = decoding(s.submit(speak(WIDE, max_new_tokens=4000), [1]))
    s.close(0)
    assert code_of(job) == "closing"
    assert not sequence_of(job).finished


def test_threads_submit_and_cancel_at_random(serving: Scheduler) -> None:
    """tests/soak has many more of them."""
    visit_at_random(serving, 24)
