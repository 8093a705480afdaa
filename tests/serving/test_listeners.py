"""Who has left is missed, whoever else there is."""

from __future__ import annotations

import threading
import time

from eventually import eventually

from gpt2core.serving.listeners import Listeners


def test_who_leaves_is_missed_and_nobody_else() -> None:
    listeners, here, left = Listeners(0.01), set("abc"), set[str]()
    with (
        listeners.watch(lambda: "a" in here, lambda: left.add("a")),
        listeners.watch(lambda: "b" in here, lambda: left.add("b")),
    ):
        time.sleep(0.1)
        assert not left
        here.discard("b")
        eventually(lambda: left == {"b"})
    here.clear()
    time.sleep(0.1)
    assert left == {"b"}, "a is not watched any more"


def test_one_who_cannot_be_asked_keeps_nobody_else_from_being_missed() -> None:
    def broken() -> bool:
        raise RuntimeError("a stream of another kind")

    listeners, left = Listeners(0.01), threading.Event()
    with listeners.watch(broken, lambda: None), listeners.watch(lambda: False, left.set):
        assert left.wait(10)


def test_one_thread_asks_for_all() -> None:
    listeners, before = Listeners(0.01), threading.active_count()
    asking: set[str] = set()

    def listening() -> bool:
        asking.add(threading.current_thread().name)
        return True

    with listeners.watch(listening, lambda: None), listeners.watch(listening, lambda: None):
        eventually(lambda: asking)
        assert threading.active_count() == before + 1
    assert asking == {"listeners"}
