"""The process that computes: it is asked, it answers, it may die, and it ends with its server."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict

import psutil
import pytest
from app_process import ROOT
from conftest import TINY

from gpt2core.serving import service
from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages import BuildRequest, GenerateRequest, Visitor

SHAPE = asdict(TINY)
ENDLESS = GenerateRequest.parse(SHAPE | {"prompt": "on", "block_size": 60_000, "max_new_tokens": 60_000})


def speak(**more):
    return GenerateRequest.parse(SHAPE | {"prompt": "on on", "max_new_tokens": 9} | more)


@pytest.fixture(scope="module")
def computer():
    c = ProcessEngineClient()
    yield c
    c.close(1)


def stands_still(computer):
    stood = computer.status["steps_decoded"]
    time.sleep(0.6)
    return computer.status["steps_decoded"] == stood


def test_it_answers_as_this_process_would(computer):
    for request in (BuildRequest.parse(SHAPE), speak()):
        there, here = list(computer.run(request))[-1], list(service.run(request))[-1]
        for key in ("text", "unique_total", "agrees", "done"):
            assert there.get(key) == here.get(key)
    assert computer.device_name().startswith("CPU")


def test_a_refusal_is_an_event(computer):
    *_, last = computer.run(speak(prompt="on " * 60))
    assert last["error"]["code"] == "prompt_too_long"
    *_, last = computer.run(GenerateRequest.parse({"n_layer": 128, "n_embd": 16384, "n_head": 1}))
    assert last["error"]["code"] == "memory"


def test_closing_a_stream_ends_the_computing(computer):
    events = computer.run(ENDLESS)
    next(e for e in events if e["stage"] == "generate")
    events.close()
    time.sleep(1)
    assert stands_still(computer)


class Meddler:
    """Ends somebody's job in the middle of a message, as the garbage collector may."""

    def __init__(self, events):
        self.events = events

    def __reduce__(self):
        self.events.close()
        return Visitor, ()


def test_a_job_may_end_while_another_is_being_sent(computer):
    first = computer.run(ENDLESS)
    next(e for e in first if e["stage"] == "generate")
    second = computer.run(speak(), Meddler(first))
    ended = []
    thread = threading.Thread(target=lambda: ended.extend(second), daemon=True)
    thread.start()
    thread.join(30)
    assert ended, "they wait for each other"
    assert ended[-1]["done"]
    time.sleep(1)
    assert stands_still(computer)


def test_nobody_listening_ends_the_computing(computer):
    list(computer.run(ENDLESS, listening=lambda: False))
    time.sleep(1)
    assert stands_still(computer)


def test_when_it_dies_everybody_hears_and_the_next_job_works(computer):
    events = computer.run(ENDLESS)
    next(e for e in events if e["stage"] == "generate")
    os.kill(computer._process.pid, signal.SIGKILL)
    begin = time.monotonic()
    *_, last = events
    assert last["error"]["code"] == "died"
    assert time.monotonic() - begin < 2
    *_, last = computer.run(speak())
    assert last["done"]


def test_who_comes_after_a_death_is_not_told_of_it(computer):
    """The end of the old connection may be noticed when the next process has its first jobs already."""
    first = computer.run(ENDLESS)
    next(e for e in first if e["stage"] == "generate")
    old, noticed = computer._connection, threading.Event()

    class Slow:
        """Only hears of the end when it is told to."""

        def recv(self):
            noticed.wait(30)
            raise EOFError

    hearing = threading.Thread(target=computer._hear, args=[slow := Slow()], daemon=True)
    computer._sent_over = dict.fromkeys(computer._sent_over, slow)
    os.kill(computer._process.pid, signal.SIGKILL)
    computer._process.wait()
    second = computer.run(speak(max_new_tokens=400, block_size=1024))
    next(e for e in second if e["stage"] == "generate")
    assert computer._connection is not old
    hearing.start()
    noticed.set()
    assert list(first)[-1]["error"]["code"] == "died"
    assert list(second)[-1]["done"]


def test_it_ends_when_its_server_does():
    code = (
        "import sys, time; from gpt2core.serving.client import ProcessEngineClient; c = ProcessEngineClient(); c.start(); "
        "print(c._process.pid, flush=True); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(server.stdout.readline()))
    time.sleep(1)
    server.kill()
    server.wait()
    server.stdout.close()
    assert child.wait(15) is not False
    assert not child.is_running()


def test_closing_an_idle_one_takes_no_time():
    """Even while it starts."""
    c = ProcessEngineClient()
    threading.Thread(target=c.start, daemon=True).start()
    while c._process is None:
        time.sleep(0.001)
    begin = time.monotonic()
    c.close(10)
    assert time.monotonic() - begin < 1
    assert c._process.poll() is not None


def test_closing_lets_a_running_job_end():
    c = ProcessEngineClient()
    events = c.run(speak(max_new_tokens=400, block_size=1024))
    next(e for e in events if e["stage"] == "generate")
    c.close(10)
    assert list(events)[-1]["done"]
    assert c._process.poll() == 0


def test_one_that_can_not_start_is_an_event_and_nobody_waits_for_ever():
    c = ProcessEngineClient()
    c.command = [sys.executable, "-c", "raise SystemExit(3)"]
    begin = time.monotonic()
    *_, last = c.run(speak())
    assert last["error"]["code"] == "died"
    assert time.monotonic() - begin < 20
    c.close(1)
