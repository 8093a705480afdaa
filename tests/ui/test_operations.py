"""What whoever runs the server can ask it."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import replace

import httpx
import pytest
from app_process import ROOT
from eventually import eventually
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from serving.engines import EngineHere
from shapes import TINY
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gpt2core.config import SamplingOptions
from gpt2core.runtime.settings import SETTINGS
from gpt2core.serving.messages import BuildRequest, Event, GenerateRequest
from gpt2core.serving.messages.wire import EngineStatus
from gpt2core.serving.supervisor import State
from gpt2core.ui.dispatch import IN_FLIGHT
from gpt2core.ui.metrics import Metrics
from gpt2core.ui.server import operations

SPEAK = GenerateRequest(BuildRequest(TINY, 0), "", SamplingOptions(max_new_tokens=3))


def samples(text: str) -> dict[str, float]:
    """Name with labels -> value."""
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=operations.ROUTES), client=("127.0.0.1", 5000))


def test_the_real_server_is_ready_and_counts(server: str) -> None:
    eventually(lambda: httpx.get(f"{server}ready").status_code == 200)
    assert httpx.get(f"{server}ready").json() == {"ready": True, "reason": None}
    before = samples(httpx.get(f"{server}metrics").text)
    body = {"data": [2, 2, 32, 48, 400, True, True]}
    event = httpx.post(f"{server}gradio_api/call/build", json=body).json()["event_id"]
    assert "agrees" in httpx.get(f"{server}gradio_api/call/build/{event}", timeout=60).text
    after = samples(httpx.get(f"{server}metrics").text)
    done = "gpt2_anatomy_jobs_total kind=build outcome=done"
    assert after[done] == before.get(done, 0) + 1
    assert after["gpt2_anatomy_engine_ready"] == 1
    assert 0 < after["gpt2_anatomy_memory_used_bytes"] < after["gpt2_anatomy_memory_limit_bytes"] + 2**30
    assert httpx.get(f"{server}metrics", headers={"x-forwarded-for": "203.0.113.7"}).status_code == 404


@pytest.mark.parametrize("state", ["idle", "loading", "restarting", "down", "closing"])
def test_why_it_is_not_ready_is_said_in_words(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    engine = EngineHere()
    engine.state = state
    monkeypatch.setattr(operations, "ENGINE", engine)
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert len(answer.json()["reason"].split()) > 4
    assert client.get("/health").status_code == 200, "it lives"


def test_it_is_not_ready_while_it_is_full(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "ENGINE", EngineHere())
    assert client.get("/ready").status_code == 200
    monkeypatch.setattr(operations, "SETTINGS", replace(SETTINGS, max_jobs=1))
    with IN_FLIGHT.running(IN_FLIGHT.admit("school")):
        assert "As many jobs" in client.get("/ready").json()["reason"]
    assert client.get("/ready").status_code == 200


def test_others_see_metrics_with_a_token_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Starlette(routes=operations.ROUTES)
    here, elsewhere = (TestClient(app, client=(host, 5000)) for host in ("127.0.0.1", "203.0.113.7"))
    assert here.get("/metrics").status_code == 200
    assert elsewhere.get("/metrics").status_code == 404
    monkeypatch.setattr(operations, "SETTINGS", replace(SETTINGS, metrics_token="open sesame"))
    assert here.get("/metrics").status_code == 404
    for given, status in (("Bearer open sesame", 200), ("Bearer open", 404), ("Bearer ä", 404), ("", 404)):
        headers = {"authorization": given.encode("utf-8")}
        assert elsewhere.get("/metrics", headers=headers).status_code == status  # type: ignore[arg-type]


def events(*told: Event) -> Generator[Event]:
    yield from told


def error(code: str) -> Event:
    return {"stage": "error", "error": {"code": code, "field": "", "value": "", "params": {}}}


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (lambda: events({"stage": "wait"}, {"stage": "count"}), "left"),
        (lambda: events(error("busy")), "refused"),
        (lambda: events({"stage": "lab"}, error("failed")), "failed"),
    ],
)
def test_a_job_is_counted_by_how_it_ends(told: Callable[[], Generator[Event]], outcome: str) -> None:
    metrics = Metrics(EngineHere())
    list(metrics.watched(SPEAK, told()))
    found = {name: s for name, s in _of(metrics).items() if name.startswith("gpt2_anatomy_jobs_total")}
    assert found == {f"gpt2_anatomy_jobs_total kind=generate outcome={outcome}": 1.0}
    waited = _of(metrics)["gpt2_anatomy_queue_wait_seconds_count"]
    assert waited == (outcome != "refused") or outcome == "refused"


def _of(metrics: Metrics) -> dict[str, float]:
    return samples(generate_latest(metrics.registry).decode())


def test_the_engines_own_counts_are_those_it_says() -> None:
    engine = EngineHere()
    engine.status = EngineStatus(tokens_generated=7, tokens_resumed=5, running=2, reserved_bytes=100)
    engine.restarts = 3
    found = _of(Metrics(engine))
    assert found["gpt2_anatomy_tokens_generated_total"] == 7
    assert found["gpt2_anatomy_tokens_resumed_total"] == 5
    assert found["gpt2_anatomy_engine_restarts_total"] == 3
    assert found["gpt2_anatomy_jobs_running"] == 2


def test_the_readme_watches_what_there_is() -> None:
    known = _of(Metrics(EngineHere()))
    named = set(re.findall(r"gpt2_anatomy_\w+", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named
    assert all(any(name == each.split()[0] for each in known) for name in named), named
