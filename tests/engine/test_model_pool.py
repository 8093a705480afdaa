"""Which models stay in memory, and that those that go give theirs back."""

from __future__ import annotations

import gc

import psutil
import pytest
from shapes import TINY
from submitting import Clock

from gpt2core import GPTConfig, build
from gpt2core.config import SamplingOptions
from gpt2core.engine.model_pool import LoadedModel, ModelPool
from gpt2core.engine.sequence import Sequence
from gpt2core.runtime import heap
from gpt2core.serving.messages import BuildRequest


def request(seed: int) -> BuildRequest:
    return BuildRequest(TINY, seed)


@pytest.fixture
def models() -> list[LoadedModel]:
    return [LoadedModel(build(TINY, seed=s, device="cpu"), pack=False) for s in range(3)]


def test_the_least_recently_used_goes_first(models: list[LoadedModel]) -> None:
    a, b, c = models
    pool = ModelPool(2 * a.n_bytes)
    pool.put(request(0), a)
    pool.put(request(1), b)
    assert pool.get(request(0)) is a
    assert pool.evict_for(c.n_bytes)
    assert pool.get(request(1)) is None
    assert pool.get(request(0)) is a
    pool.put(request(2), c)
    assert pool.n_bytes == pool.limit_bytes


def test_who_needs_memory_gives_up_their_own_first(models: list[LoadedModel]) -> None:
    a, b, c = models
    pool = ModelPool(2 * a.n_bytes)
    for seed, (model, owner) in enumerate([(a, "other"), (b, "mine")]):
        pool.put(request(seed), model)
        model.use(owner)
    assert pool.evict_for(c.n_bytes, owner="mine")
    assert list(pool) == [a], "though it is the older one"


def test_what_many_would_miss_goes_last(models: list[LoadedModel]) -> None:
    a, b, c = models
    clock = Clock()
    pool = ModelPool(2 * a.n_bytes, clock)
    for seed, (model, people) in enumerate([(a, 29), (b, 1)]):
        pool.put(request(seed), model)
        for n in range(people):
            model.use(f"student {n}")
    assert pool.evict_for(c.n_bytes, owner="somebody")
    assert list(pool) == [a], "though it is the older one"
    pool.put(request(2), c)
    c.use("another")
    clock.seconds = 1000.0
    pool.put(request(2), c)
    assert pool.evict_for(b.n_bytes, owner="somebody")
    assert list(pool) == [c], "that class is over"


def test_who_holds_more_than_half_leaves_others_what_they_have_just_used(models: list[LoadedModel]) -> None:
    a, b, c = models
    clock = Clock()
    pool = ModelPool(3 * a.n_bytes, clock)
    pool.put(request(0), a)
    a.use("other")
    held = pool.reserve(2 * a.n_bytes, owner="hog")
    assert held is not None
    assert not pool.evict_for(b.n_bytes, owner="hog")
    assert pool.evict_for(b.n_bytes, owner="somebody"), "who holds little may"
    pool.put(request(0), a)
    clock.seconds = 100.0
    assert pool.evict_for(c.n_bytes, owner="hog"), "it was used long ago"


def test_nothing_that_others_have_just_used_goes_for_what_one_can_do_without(
    models: list[LoadedModel],
) -> None:
    """A packed copy is as large as the model, and only faster."""
    a, b, _ = models
    clock = Clock()
    pool = ModelPool(2 * a.n_bytes, clock)
    for seed, (model, owner) in enumerate([(a, "other"), (b, "mine")]):
        pool.put(request(seed), model)
        model.use(owner)
    assert pool.has_to_spare(a.n_bytes, "mine"), "its own may go"
    assert not pool.has_to_spare(2 * a.n_bytes, "mine")
    assert list(pool) == [a, b], "asking drops nothing"
    clock.seconds = 100.0
    assert pool.has_to_spare(2 * a.n_bytes, "mine"), "it was used long ago"


def test_what_is_in_use_stays(models: list[LoadedModel]) -> None:
    a, b, _ = models
    pool = ModelPool(2 * a.n_bytes + 10**6)
    pool.put(request(0), a)
    pool.put(request(1), b)
    a.batch.add(Sequence([1], [SamplingOptions()], TINY))
    assert a.n_bytes > b.n_bytes, "a sequence's memory counts as soon as it is let in"
    assert not pool.evict_for(pool.limit_bytes)
    assert pool.get(request(1)) is b, "nobody is dropped for what does not fit anyway"
    assert pool.evict_for(pool.limit_bytes - a.n_bytes)
    assert list(pool) == [a]


def test_what_is_being_built_has_its_place(models: list[LoadedModel]) -> None:
    pool = ModelPool(2 * models[0].n_bytes)
    place = pool.reserve(pool.limit_bytes)
    assert place is not None
    assert not pool.evict_for(1)
    place.release()
    assert pool.evict_for(1)


def test_the_idle_go(models: list[LoadedModel]) -> None:
    a, b, _ = models
    clock = Clock()
    pool = ModelPool(10**9, clock)
    pool.put(request(0), a)
    clock.seconds = 100.0
    pool.put(request(1), b)
    pool.drop_idle(50)
    assert list(pool) == [b]
    b.batch.add(Sequence([1], [SamplingOptions()], TINY))
    clock.seconds = 200.0
    pool.drop_idle(50)
    assert list(pool) == [b]


def test_memory_goes_back_when_a_model_is_dropped() -> None:
    """Weights, packed copies and cache."""
    config = GPTConfig(6, 8, 512, 256, 20_000)
    process = psutil.Process()

    def speak_and_drop(seed: int) -> int:
        pool = ModelPool(10**9)
        loaded = LoadedModel(build(config, seed=seed, device="cpu"), pack=True)
        pool.put(BuildRequest(config, seed), loaded)
        loaded.batch.add(Sequence([1], [SamplingOptions(max_new_tokens=20)] * 4, config))
        loaded.batch.prefill()
        while loaded.batch.decode():
            pass
        taken: int = process.memory_info().rss
        pool.drop(loaded)
        del loaded
        gc.collect()
        heap.trim()  # as before the next build
        return taken

    speak_and_drop(1)  # what the process takes once
    before = process.memory_info().rss
    taken = speak_and_drop(2) - before
    kept = process.memory_info().rss - before
    assert taken > 150_000_000
    # The allocator keeps some of the smaller pieces for next time: 50 of 208 MB at the end of a full run.
    assert kept < 0.5 * taken
