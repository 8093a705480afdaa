"""How many cores a thread computes on, whatever other threads have asked for."""

from __future__ import annotations

import threading

import torch

from gpt2core.runtime.device import use_cores


def test_a_thread_keeps_its_number_though_another_asks_before_it_computes() -> None:
    """The decoding thread idles at first, and threads that keep to one core come meanwhile."""
    asked, other_asked = threading.Event(), threading.Event()
    found: list[int] = []

    def decode() -> None:
        use_cores(2)
        asked.set()
        assert other_asked.wait(30)
        torch.ones(1000, 1000).sum()
        found.append(torch.get_num_threads())

    decoding = threading.Thread(target=decode)
    decoding.start()
    assert asked.wait(30)
    one = threading.Thread(target=use_cores, args=[1])
    one.start()
    one.join()
    other_asked.set()
    decoding.join(30)
    assert found == [2]
