"""Memory is reserved before it is taken, and what does not fit waits: real models, a small limit."""

import time

import pytest
from submitting import WIDE, ended, speak

from gpt2core import ConfigError, GPTConfig
from gpt2core.engine import scheduler
from gpt2core.engine.batch import Sequence
from gpt2core.engine.request_queue import need_bytes
from gpt2core.engine.scheduler import Scheduler
from gpt2core.serving.messages import BuildRequest


def test_what_does_not_fit_yet_waits_and_then_runs():
    need = need_bytes(WIDE, Sequence([1], speak(max_new_tokens=1500).options, WIDE))
    s = Scheduler(limit_bytes=need + need // 50, device="cpu")
    first = s.submit(speak(WIDE, seed=1, max_new_tokens=1500), [1])
    while not first.sequence.n_generated:
        time.sleep(0.01)
    second = s.submit(speak(WIDE, seed=2, max_new_tokens=1500), [1])
    time.sleep(0.3)
    assert second.place == 1
    assert not second.sequence.n_generated
    ended(first)
    assert ended(second).error is None
    s.close(1)


def test_what_fits_alone_does_not_wait_for_a_packed_copy_that_nobody_uses():
    config = GPTConfig(8, 8, 512, 4096, 300)
    long = speak(config, max_new_tokens=20)
    ids = [1] * 4000
    need = need_bytes(config, Sequence(ids, long.options, config))
    s = Scheduler(limit_bytes=need + 2**20, device="cpu")
    assert ended(s.submit(speak(config, max_new_tokens=2), [1])).error is None
    assert next(iter(s.pool)).n_bytes > 1.5 * 4 * 25_000_000  # packed as well
    assert ended(s.submit(long, ids)).error is None
    s.close(1)


def test_what_never_fits_is_refused_before_it_waits(serving):
    with pytest.raises(ConfigError) as caught:
        serving.submit(BuildRequest(GPTConfig(48, 25, 1600), 0))
    assert caught.value.code == "memory"


def test_memory_that_somebody_else_took_meanwhile_is_not_taken_again(serving, monkeypatch):
    monkeypatch.setattr(building, "free_bytes", lambda device: 1000)
    assert ended(serving.submit(speak(), [1])).error.code == "memory"
    monkeypatch.undo()
    assert ended(serving.submit(speak(), [1])).error is None


@pytest.fixture
def narrow():
    """Has room for one model, and not for its packed copy."""
    s = Scheduler(limit_bytes=need_bytes(WIDE, None) + 1000, device="cpu")
    yield s
    s.close(1)


def test_a_model_that_somebody_looks_at_is_not_dropped_for_another(narrow):
    first = ended(narrow.submit(BuildRequest(WIDE, 1)))
    second = narrow.submit(BuildRequest(WIDE, 2))
    assert not second.ended.wait(0.5), "there was no room for it"
    assert second.place == 1
    assert narrow.pool.get(BuildRequest(WIDE, 1)).built is first.built
    narrow.cancel(first)  # has seen what it wanted
    assert ended(second).error is None
    assert narrow.pool.get(BuildRequest(WIDE, 1)) is None


def test_who_has_waited_for_too_long_hears_so(narrow, monkeypatch):
    monkeypatch.setattr(scheduler, "_LONGEST_SECONDS", 0.3)
    first = ended(narrow.submit(BuildRequest(WIDE, 1)))
    assert ended(narrow.submit(BuildRequest(WIDE, 2))).error.code == "waited"
    narrow.cancel(first)
