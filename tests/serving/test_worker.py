"""The process that computes, when something goes wrong in it."""

import sys
import threading
from dataclasses import asdict

import torch
from conftest import TINY

from gpt2core.engine import faults
from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages import GenerateRequest
from gpt2core.serving.worker import Worker


def test_what_nobody_expected_is_said_and_ends(monkeypatch):
    """Whoever waits hears of any failure."""

    class Wire:
        def __init__(self):
            self.sent = []

        def send(self, message):
            self.sent.append(message)

    def fails(*_):
        raise ZeroDivisionError("nobody thought of this")
        yield

    monkeypatch.setattr(jobs, "run", fails)
    monkeypatch.setattr(jobs, "use_one_core", lambda: None)
    wire = Wire()
    worker = Worker(wire)
    worker._wanted.add(7)
    thread = threading.Thread(target=worker._run, args=[7, None, None])
    thread.start()
    thread.join(10)
    assert [number for number, _ in wire.sent] == [7, 7]
    assert wire.sent[0][1]["error"]["code"] == "failed"
    assert wire.sent[1][1] == {}
    assert not worker._wanted


BROKEN = """
import torch
from gpt2core import failures
from gpt2core.batch import Batch
from gpt2core.worker import main
def step(self):
    raise torch.AcceleratorError("CUDA error: device-side assert triggered", 710)
Batch.step = step
faults._answers = lambda: False
main()
"""


def test_a_process_that_lost_its_gpu_makes_way_for_another():
    c, request = ProcessEngineClient(), GenerateRequest.parse(asdict(TINY) | {"prompt": "on"})
    c.command = [sys.executable, "-c", BROKEN]
    processes = []
    for _ in range(2):
        *_, last = c.run(request)
        assert last["error"]["code"] == "failed", "its visitor hears of it before the process ends"
        processes.append(c._process)
        assert processes[-1].wait(10) == 1
    assert processes[0] is not processes[1]
    c.close(1)


def test_an_error_after_which_the_gpu_answers_poisons_nothing(monkeypatch):
    error = torch.AcceleratorError("CUDA error: operation not permitted when stream is capturing", 900)
    monkeypatch.setattr(failures, "_answers", lambda: False)
    assert faults.poisons(error)
    monkeypatch.setattr(failures, "_answers", lambda: True)
    assert not faults.poisons(error)
