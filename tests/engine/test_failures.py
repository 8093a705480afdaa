"""What fails is told, and what the process does not survive is told as its death."""

from __future__ import annotations

import pytest
import torch
from eventually import eventually
from shapes import TINY
from submitting import code_of, ended, speak

from gpt2core import ConfigError
from gpt2core.engine import faults
from gpt2core.engine.batch import Batch
from gpt2core.engine.decoding_loop import DecodingLoop
from gpt2core.engine.model_loader import ModelLoader
from gpt2core.engine.scheduler import Scheduler
from gpt2core.engine.work_runner import WorkRunner
from gpt2core.labs.registry import LabWork
from gpt2core.serving.messages import (
    BuildRequest,
    LabRequest,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (torch.OutOfMemoryError("no"), "out_of_memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "out_of_memory"),
        (ValueError("a bug"), "failed"),
    ],
)
def test_a_failure_ends_its_jobs_and_the_next_one_works(
    serving: Scheduler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    error: Exception, code: str,
) -> None:  # fmt: skip
    real, failing = Batch.decode, [True]

    def decode(self: Batch, owners: object = None) -> bool:
        if failing[0]:
            raise error
        return real(self)

    monkeypatch.setattr(Batch, "decode", decode)
    assert code_of(ended(serving.submit(speak(), [1]))) == code
    eventually(lambda: not list(serving.pool))  # what could not go on is given back
    assert (str(error) in caplog.text) == (code == "failed")
    assert not serving.broken
    failing[0] = False
    assert ended(serving.submit(speak(), [1])).error is None


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: device-side assert triggered", 710),
        SystemExit("the thread is killed"),
    ],
)
def test_what_the_process_does_not_survive_is_told_as_its_death(
    serving: Scheduler, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """So that another process can go on with the jobs (serving/client.py)."""

    def decode(self: Batch, owners: object = None) -> bool:
        raise error

    monkeypatch.setattr(Batch, "decode", decode)
    monkeypatch.setattr(faults, "_answers", lambda: False)
    assert code_of(ended(serving.submit(speak(), [1]))) == "died"
    assert serving.broken
    with pytest.raises(ConfigError):
        serving.submit(speak(), [1])


@pytest.mark.parametrize(
    ("thread", "where"), [("loading", "_step"), ("work", "_do"), ("decoding", "_round")]
)
def test_a_thread_that_ends_is_told_as_the_death_of_the_process(
    serving: Scheduler, monkeypatch: pytest.MonkeyPatch, thread: str, where: str
) -> None:
    """Or whoever waits for it would wait for ever."""

    def ends(*_: object) -> None:
        raise SystemExit

    owner = {"loading": ModelLoader, "work": WorkRunner, "decoding": DecodingLoop}[thread]
    monkeypatch.setattr(owner, where, ends)
    request = LabRequest(BuildRequest(TINY, 12), "weights")
    job = serving.submit(request, work=LabWork(request))
    assert code_of(ended(job)) == "died"
    assert serving.broken
