"""Real models, real threads: everybody gets what they would get alone."""

import threading
import time

import pytest
import torch
from conftest import TINY
from submitting import WIDE, ended, speak

from gpt2core import ConfigError, GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.engine import model_loader, scheduler
from gpt2core.engine.batch import Batch, steps_decoded
from gpt2core.engine.scheduler import Scheduler
from gpt2core.serving.messages import PREFILL_CHUNK, BuildRequest, CompareRequest, GenerateRequest, Visitor


def alone(request, ids):
    o = request.sampling
    model = build(request.config, seed=request.model.seed, device="cpu").model
    steps = generate(model, ids, o.max_new_tokens, o.temperature, o.top_k, o.top_p, o.seed)
    return [step.token_id for step in steps]


def test_everybody_gets_what_they_would_get_alone(serving):
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
        assert job.sequence.tokens[0] == alone(request, ids)


def test_a_long_prompt_goes_through_in_parts_and_right(serving):
    request = speak(WIDE, max_new_tokens=5)
    ids = [n % 300 for n in range(300)]
    job = ended(serving.submit(request, ids))
    assert job.sequence.tokens[0] == alone(request, ids)


def test_newcomers_do_not_stall_the_others_for_long(monkeypatch, serving):
    """While a long prompt comes in, a sequence goes on."""
    monkeypatch.setattr(scheduler, "_MOST_PROMPT_SECONDS", 0.0)
    first = serving.submit(speak(WIDE, max_new_tokens=2000), [1])
    while not first.sequence.n_generated:
        time.sleep(0.01)
    second = serving.submit(speak(WIDE, max_new_tokens=1), [1] * 2000)
    begin = first.sequence.n_generated
    ended(second)
    assert first.sequence.n_generated - begin >= 2000 // PREFILL_CHUNK, "a step for each part"


def test_a_model_is_built_once_for_all(serving, monkeypatch):
    built = []
    real = model_loader.build_in_steps

    def counted(config, seed, device, *, reserved):
        built.append(seed)
        return real(config, seed, device, reserved=reserved)

    monkeypatch.setattr(building, "build_in_steps", counted)
    jobs = [serving.submit(BuildRequest(TINY, seed)) for seed in (5, 5, 6, 5, 6)]
    models = [ended(job).built for job in jobs]
    assert sorted(built) == [5, 6]
    assert models[0] is models[1] is models[3]
    assert not jobs[1].reused, "it was built for all who waited"
    later = ended(serving.submit(BuildRequest(TINY, 5)))
    assert later.built is models[0]
    assert later.reused


def test_compared_rows_are_one_job(serving):
    request = CompareRequest(BuildRequest(TINY, 0), "", SamplingOptions(max_new_tokens=9, seed=4))
    job = ended(serving.submit(request, [3, 4]))
    for options, tokens in zip(request.options, job.sequence.tokens, strict=True):
        assert tokens == alone(GenerateRequest(request.model, "", options), [3, 4])


def test_cancelling_frees_the_row_at_once(serving):
    job = serving.submit(speak(WIDE, max_new_tokens=4000), [1])
    while not job.sequence.n_generated:
        time.sleep(0.01)
    serving.cancel(job)
    ended(job, 1)
    stood = steps_decoded()
    time.sleep(0.3)
    assert steps_decoded() == stood
    assert not any(resident.batch.sequences for resident in serving.pool)


def test_a_build_nobody_wants_any_more_is_given_up(serving):
    big = GPTConfig(8, 8, 1024, 64, 1000)
    job = serving.submit(BuildRequest(big, 1))
    while job.building is None:
        time.sleep(0.001)
    serving.cancel(job)
    ended(job, 1)
    time.sleep(0.3)
    assert serving.builder.current is None
    assert serving.pool.get(BuildRequest(big, 1)) is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (torch.AcceleratorError("CUDA error: device-side assert triggered", 710), "failed"),
        (torch.OutOfMemoryError("no"), "out_of_memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "out_of_memory"),
        (ValueError("a bug"), "failed"),
    ],
)
def test_a_failure_ends_its_jobs_and_the_next_one_works(serving, monkeypatch, error, code, capsys):
    real, failing = Batch.step, [True]

    def step(self):
        if failing[0]:
            raise error
        return real(self)

    monkeypatch.setattr(Batch, "step", step)
    monkeypatch.setattr(failures, "_answers", lambda: False)
    assert ended(serving.submit(speak(), [1])).error.code == code
    assert not list(serving.pool), "what could not go on is given back"
    assert (str(error) in capsys.readouterr().err) == (code == "failed")
    assert serving.broken == isinstance(error, torch.AcceleratorError)
    failing[0] = False
    assert ended(serving.submit(speak(), [1])).error is None


def test_a_job_that_takes_too_long_is_ended(serving, monkeypatch):
    monkeypatch.setattr(scheduler, "_LONGEST_SECONDS", 0.3)
    job = serving.submit(speak(WIDE, max_new_tokens=4000), [1])
    assert ended(job, 3).error.code == "deadline"
    assert ended(serving.submit(speak(), [1])).error is None


def test_models_take_turns():
    s = Scheduler(limit_bytes=2**30, device="cpu")
    jobs = [s.submit(speak(WIDE, seed=n, max_new_tokens=1000), [1]) for n in range(4)]
    while not all(job.sequence.n_generated > 50 for job in jobs):
        assert not any(job.ended.is_set() for job in jobs), "one ended before another had its turn"
        time.sleep(0.01)
    s.close(0)


def test_closing_lets_the_running_end_and_takes_no_more():
    s = Scheduler(limit_bytes=2**30, device="cpu")
    job = s.submit(speak(), [1])
    while not job.sequence.n_generated:
        time.sleep(0.001)
    s.close(10)
    assert job.error is None
    assert job.sequence.done
    with pytest.raises(ConfigError) as caught:
        s.submit(speak(), [1])
    assert caught.value.code == "closing"
    assert not s._worker.is_alive()


def test_closing_ends_what_takes_too_long():
    s = Scheduler(limit_bytes=2**30, device="cpu")
    job = s.submit(speak(WIDE, max_new_tokens=4000), [1])
    while not job.sequence.n_generated:
        time.sleep(0.001)
    begin = time.monotonic()
    s.close(0.3)
    assert time.monotonic() - begin < 3
    assert job.error.code == "closing"


def test_threads_submit_and_cancel_at_random(serving):
    """Nothing is lost, and nothing is left behind."""
    draw = torch.Generator().manual_seed(1)
    numbers = torch.randint(1000, (40, 3), generator=draw).tolist()
    seen = []

    def visit(n, seed, wait):
        job = serving.submit(speak(seed=seed % 4, max_new_tokens=5 + n % 30), [1 + n % 50], Visitor(str(n)))
        if wait % 3 == 0:
            time.sleep(wait / 1e5)
            serving.cancel(job)
        seen.append(ended(job))

    threads = [threading.Thread(target=visit, args=each) for each in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(seen) == 40
    assert all(job.error is None or job.error.code == "replaced" for job in seen)
    assert serving.queue.n_jobs == 0
    assert not any(resident.batch.decoder.lanes for resident in serving.pool)
