"""Jobs of several pages and how several engines do, without a cluster."""

from __future__ import annotations

import pytest
from submitting import Clock

from gpt2core.serving.job_registry import EngineReport, JobRegistry, Refusal, total
from gpt2core.serving.messages.wire import EngineStatus


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(clock: Clock) -> JobRegistry:
    return JobRegistry(max_jobs=4, max_jobs_per_address=2, now=clock)


def had(**seconds: float) -> EngineReport:
    return EngineReport(EngineStatus(seconds_had=seconds), ready=True)


def test_an_address_has_so_many_jobs_at_all_pages_together(registry: JobRegistry) -> None:
    assert registry.admit("one", 1, "a") is None
    assert registry.admit("two", 1, "a") is None
    assert registry.admit("two", 2, "a") == Refusal("busy_address", 2, 2)
    assert registry.admit("two", 2, "b") is None
    registry.release("one", 1)
    assert registry.admit("two", 3, "a") is None


def test_there_are_so_many_jobs_for_each_engine(registry: JobRegistry) -> None:
    for n in range(4):
        assert registry.admit("one", n, str(n)) is None
    assert registry.admit("one", 4, "x") == Refusal("busy", 4, 4)
    for name in ("e1", "e2"):
        registry.report_engine(name, EngineReport())
    assert registry.admit("one", 4, "x") is None


def test_a_page_that_is_gone_has_no_jobs(registry: JobRegistry, clock: Clock) -> None:
    registry.admit("gone", 1, "a")
    registry.admit("gone", 2, "a")
    clock.seconds = 4.0
    registry.report_page("lives", {})
    assert registry.report_engine("e", EngineReport())[0] == {"gone", "lives"}
    clock.seconds = 6.0
    assert registry.admit("lives", 1, "a") is None
    assert registry.report_engine("e", EngineReport())[0] == {"lives"}


def test_one_that_starts_anew_hears_of_all_jobs(registry: JobRegistry) -> None:
    registry.report_page("one", {1: "a"})
    registry.report_page("two", {1: "a"})
    assert registry.admit("two", 2, "a") == Refusal("busy_address", 2, 2)


def test_an_engine_that_says_nothing_is_not_among_them(registry: JobRegistry, clock: Clock) -> None:
    registry.report_engine("e1", EngineReport())
    registry.report_engine("e2", EngineReport())
    assert set(registry.report_page("one", {})) == {"e1", "e2"}
    clock.seconds = 4.0
    registry.report_engine("e2", EngineReport())
    clock.seconds = 8.0
    assert set(registry.report_page("one", {})) == {"e2"}


def test_what_an_address_has_had_of_one_engine_is_told_to_the_others(registry: JobRegistry) -> None:
    registry.report_engine("e1", had(hog=1.0))
    registry.report_engine("e2", had(hog=0.0, modest=0.5))
    registry.report_engine("e3", had(modest=0.0))
    registry.report_engine("e1", had(hog=3.0))
    assert registry.report_engine("e2", had(hog=0.0, modest=0.5))[1] == {"hog": 2.0}
    assert registry.report_engine("e2", had(hog=0.0, modest=0.5))[1] == {}, "once"
    assert registry.report_engine("e3", had(modest=0.0))[1] == {}, "the hog is not there"
    registry.report_engine("e1", had(hog=0.5))  # it had left, and came again
    assert registry.report_engine("e2", had(hog=0.0))[1] == {}


def test_what_was_had_before_the_registry_began_is_told_to_nobody_again(registry: JobRegistry) -> None:
    registry.report_engine("e2", had(hog=0.0))
    registry.report_engine("e1", had(hog=100.0))  # as to one before this
    assert registry.report_engine("e2", had(hog=0.0))[1] == {}
    registry.report_engine("e1", had(hog=100.5))
    assert registry.report_engine("e2", had(hog=0.0))[1] == {"hog": 0.5}


def test_all_engines_as_one() -> None:
    both = total([
        EngineStatus("H100", ("bfloat16", "float32"), running=2, limit_bytes=10),
        EngineStatus("CPU", ("float32",), running=3, limit_bytes=5),
    ])  # fmt: skip
    assert (both.device_name, both.dtypes, both.running, both.limit_bytes) == ("H100", ("float32",), 5, 15)
    assert total([]) == EngineStatus()
