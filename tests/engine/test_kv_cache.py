"""The memory of the KV caches."""

from __future__ import annotations

from functools import partial

import psutil
import pytest
from eventually import eventually
from submitting import ended, sequence_of, speak

from gpt2core import GPTConfig, build
from gpt2core.counting.footprint import kv_cache_bytes
from gpt2core.engine.kv_cache import KVCache
from gpt2core.engine.scheduler import Scheduler
from gpt2core.runtime.heartbeat import Heartbeat


def test_of_a_long_cache_only_what_is_written_to_is_taken() -> None:
    """To fill it would hold up all who decode."""
    config = GPTConfig(4, 4, 256, 4096, 300)
    model, process = build(config, device="cpu").model, psutil.Process()
    before = process.memory_info().rss
    cache = KVCache(model, n_slots=4, max_len=4096)
    assert cache.k.nbytes + cache.v.nbytes > 100e6
    assert process.memory_info().rss - before < 10e6
    cache.k[:, 0, :, :5] = 1.0
    assert float(cache.k[:, 0].sum()) == 4 * 256 * 5
    assert not cache.v[:, -1].any()


def test_a_pass_that_takes_memory_announces_how_long_that_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the process would be replaced as one that hangs, with everybody in it."""
    announced: list[float] = []
    beat = Heartbeat.beat

    def noted(self: Heartbeat, seconds: float) -> None:
        if self.name == "decoding":
            announced.append(seconds)
        beat(self, seconds)

    monkeypatch.setattr(Heartbeat, "beat", noted)
    s, longest = Scheduler(2**32, "cpu"), []
    config = GPTConfig(8, 2, 256, 60_000, 300)
    for seed, n_tokens in enumerate((50, 59_000)):
        announced.clear()
        job = s.submit(speak(config, seed, max_new_tokens=n_tokens), [1])
        sequence = sequence_of(job)
        eventually(partial(getattr, sequence, "n_generated"))
        longest.append(max(announced))
        s.cancel(job)
        ended(job)
    s.close(1)
    assert longest[1] - longest[0] > kv_cache_bytes(config, 59_000) / 1e9
