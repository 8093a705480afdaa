"""What can be said of the engines of a cluster without one; tests/load/test_ray.py has a cluster."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib import metadata
from importlib.util import find_spec

import pytest
from app_process import ROOT, free_port

from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.serving.messages import BuildRequest, GenerateRequest
from gpt2core.serving.ray_engine import connect, names
from gpt2core.serving.ray_engine.bounded_load import bound
from gpt2core.serving.ray_engine.client import RayEngineClient

with_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
TEXT = GenerateRequest(
    BuildRequest(GPTConfig(1, 1, 64, 64, 300), 0), "a", SamplingOptions(max_new_tokens=2)
)


@with_ray
def test_without_a_cluster_all_is_told_within_fifteen_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("RAY_ADDRESS", address)
    client, begin = RayEngineClient(), time.monotonic()
    events = list(client.run(TEXT))
    assert time.monotonic() - begin < 15
    assert events[0].get("notice") == "loading"
    assert events[-1]["stage"] == "error"
    assert events[-1]["error"]["code"] == "down"
    assert client.problem == f"No Ray cluster answers at {address}: Connection refused."
    assert (client.state, client.engines) == ("down", {})
    assert next(iter(client.run(TEXT)))["stage"] == "error", "and the next one at once"


@pytest.mark.parametrize("address", ["", "auto", "ray://10.0.0.1", "10.0.0.1:"])
@with_ray
def test_what_is_no_address_is_said_to_be_none(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(connect.NoCluster, match=f"RAY_ADDRESS={address} is not the address"):
        connect.join()


@pytest.mark.parametrize(
    ("found", "says"), [(None, r"needs Ray: pip install"), ("2.9.1", r"made for 2\.60")]
)
def test_what_must_be_installed(found: str | None, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(metadata, "version", version)
    with pytest.raises(connect.NoCluster, match=says):
        connect.require_ray()


def test_one_version_is_named_everywhere() -> None:
    pin = f"ray[serve]=={names.RAY_VERSION}"
    assert pin in (ROOT / "tests" / "requirements.txt").read_text()
    assert pin in (ROOT / "README.md").read_text()
    assert "ray" not in (ROOT / "requirements.txt").read_text()


def test_the_embedded_engine_never_loads_ray() -> None:
    code = "import sys, gpt2core.ui.dispatch; sys.exit('ray' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_replica_may_be_a_quarter_above_the_average() -> None:
    assert bound([0, 0, 0]) == 8, "for a few jobs no model is loaded elsewhere"
    assert bound([80, 0, 0]) == 34
    assert bound([30, 30, 30]) == 38
