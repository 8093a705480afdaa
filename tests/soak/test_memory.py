"""Memory comes back over many jobs, and the estimate holds for many shapes."""

from __future__ import annotations

import memory


def test_memory_comes_back() -> None:
    memory.builds_and_drops(100)  # oneDNN and the allocator keep something of the first ones
    for seed in range(3):
        grown = memory.builds_and_drops(200, seed)
        assert grown["growth_mb"] < 100
        assert grown["threads"] <= 2
        assert grown["files"] <= 2


def test_a_planted_leak_is_caught() -> None:
    memory.builds_and_drops(60)  # oneDNN and the allocator keep something of the first ones
    clean, leaking = memory.builds_and_drops(30), memory.builds_and_drops(30, leak=True)
    assert leaking["growth_mb"] > clean["growth_mb"] + 100


def test_the_estimate_of_memory_holds() -> None:
    assert memory.misjudged(memory.estimates(12, seed=1)) == []
