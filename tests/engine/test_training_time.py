"""How the device's time is shared between a run of training and others, by a clock of the test's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator

import pytest
import torch
from engine.test_training_runs import request
from submitting import Clock

from gpt2core.engine import faults
from gpt2core.engine.job import Job
from gpt2core.engine.model_pool import ModelPool
from gpt2core.engine.request_queue import RequestQueue
from gpt2core.engine.run_store import RunStore
from gpt2core.engine.training_runs import TrainingRuns
from gpt2core.serving.messages import Visitor
from gpt2core.training.run import Run


class TimedRun(Run):
    """Each of its parts takes 20 ms of the test's clock."""

    clock = Clock()

    def parts(self) -> Generator[None, None, None]:
        while True:
            self.clock.seconds += 0.02
            yield


def runs_alone(others_compute: Callable[[], bool]) -> tuple[TrainingRuns, Clock]:
    clock = TimedRun.clock = Clock()
    queue, pool = RequestQueue(now=clock), ModelPool(2**30, clock)
    runs = TrainingRuns(
        threading.Condition(), queue, pool, RunStore(), torch.device("cpu"), TimedRun, faults.reason,
        others_compute, clock,
    )  # fmt: skip
    job = Job(request(), Visitor("a", "10.0.0.1"), None, asked=0.0)
    queue.add(job)
    assert runs.start(job, request())
    return runs, clock


@pytest.mark.parametrize("decoding", [True, False], ids=["beside decoding", "beside a build"])
def test_others_have_at_least_half_of_the_time(decoding: bool) -> None:
    runs, clock = runs_alone(lambda: not decoding)
    trained, slices = 0.0, list[float]()
    while clock.seconds < 20:
        if runs.seconds_to_rest(beside=decoding) == 0:
            begin = clock.seconds
            assert runs.turn(beside=decoding) == {"10.0.0.1": 1}
            slices.append(clock.seconds - begin)
            trained += slices[-1]
        clock.seconds += 0.05  # another model's turn
    assert 0.25 * clock.seconds < trained <= 0.5 * clock.seconds
    assert max(slices) <= 0.1


def test_alone_it_has_all_of_the_time_in_slices_that_a_newcomer_can_wait_for() -> None:
    runs, clock = runs_alone(lambda: False)
    for _ in range(20):
        assert runs.seconds_to_rest(beside=False) == 0
        begin = clock.seconds
        runs.turn(beside=False)
        assert clock.seconds - begin <= 0.25
