"""What has been learnt is kept within a limit, and what is private for as long as somebody uses it."""

from __future__ import annotations

import pytest

from gpt2core import ConfigError
from gpt2core.engine.run_store import RunStore
from gpt2core.serving.messages import Snapshot, TrainRequest


def request(**more: object) -> TrainRequest:
    return TrainRequest.parse({"n_layer": 1, "n_head": 1, "n_embd": 8, "source": "sums", "steps": 9} | more)


def test_a_store_has_a_limit_and_forgets_private_texts_in_time() -> None:
    clock = [0.0]
    store = RunStore(limit_bytes=100, now=lambda: clock[0])
    asked = request(source="text", text="secret")
    store.with_text(asked)

    def snapshot(step: int, of: TrainRequest) -> Snapshot:
        event = {"step": step}
        return Snapshot(of, step, bytes(40), bytes(20), event)  # type: ignore[arg-type]

    store.keep(snapshot(1, asked))
    store.keep(snapshot(2, request()))
    assert store.n_bytes == 60
    assert [s.step for s in store.snapshots()] == [2]
    store.keep(snapshot(3, request()))
    assert [s.optimizer is None for s in store.snapshots()] == [True, False]
    clock[0] = 599.0
    assert store.unused() == []
    assert store.with_text(request(source=asked.source)).text == "secret"
    clock[0] += 601.0
    assert store.unused() == [asked.source]
    store.forget(asked.source)
    store.keep(snapshot(4, asked))  # was under way
    assert asked.source not in {s.request.source for s in store.snapshots()}
    with pytest.raises(ConfigError):
        store.with_text(request(source=asked.source))
