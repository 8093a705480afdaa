"""Memory is reserved before it is taken, and what does not fit waits: real models, a small limit."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest
import torch
from eventually import eventually
from shapes import WIDE
from submitting import Clock, code_of, ended, sequence_of, speak

from gpt2core import BuiltModel, ConfigError, GPTConfig
from gpt2core.engine import loading, model_loader
from gpt2core.engine.memory import need_bytes
from gpt2core.engine.scheduler import Scheduler
from gpt2core.engine.sequence import Sequence
from gpt2core.model.weights import build_in_steps
from gpt2core.runtime.settings import Settings
from gpt2core.serving.messages import BuildRequest, Visitor


def test_what_does_not_fit_yet_waits_and_then_runs() -> None:
    request = speak(WIDE, seed=1, max_new_tokens=4000)
    need = need_bytes(WIDE, Sequence([1], request.options, WIDE))
    s = Scheduler(limit_bytes=need + need // 50, device="cpu")
    first = s.submit(request, [1])
    eventually(lambda: sequence_of(first).n_generated)
    second = s.submit(speak(WIDE, seed=2, max_new_tokens=4000), [1])
    begun = sequence_of(first).n_generated
    eventually(lambda: sequence_of(first).n_generated > begun + 20)
    assert second.position == 1
    assert not sequence_of(second).n_generated
    s.cancel(first)
    eventually(lambda: sequence_of(second).n_generated)
    assert first.ended.is_set()
    assert second.error is None
    s.close(0)


def test_what_fits_alone_does_not_wait_for_a_packed_copy_that_nobody_uses() -> None:
    config = GPTConfig(4, 4, 256, 4096, 300)
    long = speak(config, max_new_tokens=4)
    ids = [1] * 4000
    need = need_bytes(config, Sequence(ids, long.options, config))
    s = Scheduler(limit_bytes=need + 2**20, device="cpu")
    assert ended(s.submit(speak(config, max_new_tokens=2), [1])).error is None
    assert next(iter(s.pool)).n_bytes > 1.5 * need_bytes(config, None)  # packed as well
    assert ended(s.submit(long, ids)).error is None
    s.close(1)


def test_what_never_fits_is_refused_before_it_waits(serving: Scheduler) -> None:
    with pytest.raises(ConfigError) as caught:
        serving.submit(BuildRequest(GPTConfig(48, 25, 1600), 0))
    assert caught.value.code == "memory"


def test_memory_that_somebody_else_took_meanwhile_is_not_taken_again(
    serving: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_loader, "free_bytes", lambda device: 1000)
    assert code_of(ended(serving.submit(speak(), [1]))) == "memory"
    monkeypatch.undo()
    assert ended(serving.submit(speak(), [1])).error is None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def narrow(clock: Clock) -> Iterator[Scheduler]:
    """Has room for one model, and not for its packed copy."""
    s = Scheduler(need_bytes(WIDE, None) + 1000, "cpu", settings=Settings(max_job_seconds=8), now=clock)
    yield s
    s.close(1)


def test_a_model_that_somebody_looks_at_is_not_dropped_for_another(narrow: Scheduler) -> None:
    first = ended(narrow.submit(BuildRequest(WIDE, 1)))
    second = narrow.submit(BuildRequest(WIDE, 2))
    third = narrow.submit(BuildRequest(WIDE, 1))  # passes by: its model is there
    narrow.cancel(ended(third))
    assert not second.ended.is_set(), "there was no room for it"
    assert second.position == 1
    held = narrow.pool.get(BuildRequest(WIDE, 1))
    assert held is not None
    assert held.built is first.built
    narrow.cancel(first)  # has seen what it wanted
    assert ended(second).error is None
    assert narrow.pool.get(BuildRequest(WIDE, 1)) is None


def test_who_has_waited_for_too_long_hears_so(narrow: Scheduler, clock: Clock) -> None:
    first = ended(narrow.submit(BuildRequest(WIDE, 1)))
    second = narrow.submit(BuildRequest(WIDE, 2))
    clock.seconds = 7.0
    third = ended(narrow.submit(BuildRequest(WIDE, 1)))
    assert not second.ended.is_set()
    clock.seconds = 9.0
    narrow.cancel(third)  # something happens, so it looks at the clock
    assert code_of(ended(second)) == "waited"
    narrow.cancel(first)


def test_a_model_is_not_dropped_before_those_it_was_loaded_for_have_it(
    narrow: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though meanwhile somebody has come who is served before them and needs its memory."""
    go_on, built = threading.Event(), []
    real = build_in_steps

    def slowly(
        config: GPTConfig, seed: int, device: str, dtype: torch.dtype, **more: bool
    ) -> Generator[float, None, BuiltModel]:
        built.append(seed)
        assert go_on.wait(30)
        return (yield from real(config, seed, device, dtype, **more))

    monkeypatch.setattr(loading, "build_in_steps", slowly)
    first = narrow.submit(BuildRequest(WIDE, 1), visitor=Visitor(address="has had much"))
    eventually(lambda: built)
    second = narrow.submit(BuildRequest(WIDE, 2), visitor=Visitor(address="has had nothing"))
    fair = narrow.queue.fair
    fair._seconds["has had nothing"] = fair.seconds("has had much") - 0.1  # not enough to make room for
    assert narrow.queue.order() == [second, first]
    go_on.set()
    for job in (first, second):
        assert ended(job).error is None
        narrow.cancel(job)
    assert built == [1, 2]
