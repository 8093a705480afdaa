"""OpenAI's weights: which shape is a release, and a file fetched, verified and kept."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_process import ROOT, free_port
from checkpoints import SHAPE, check_same, refusal, saved, say
from hub_server import hub_with

from gpt2core import PRESETS, ConfigError, GPTConfig, build, load_checkpoint
from gpt2core.model import download, hub
from gpt2core.model.checkpoint import checkpoint_bytes
from gpt2core.runtime.settings import Settings

COMMIT = "c0ffee" + "0" * 34
PATH = f"/openai-community/gpt2/resolve/{COMMIT}/model.safetensors"
# A process of its own: huggingface_hub reads its settings when it is imported. argv: pins' SHA-256 and
# size, one after the other, and whether torch is to load what was found.
LOAD = f"""
import dataclasses, json, sys, time
from gpt2core.config import GPTConfig
from gpt2core.errors import ConfigError
from gpt2core.model import hub

def find():
    if json.loads(sys.argv[2]):
        from gpt2core import load_checkpoint
        built = load_checkpoint("gpt2", "cpu")
        return [built.report.weights, built.model.wte.weight.detach().double().sum().item()]
    return list(hub.released_in_steps("gpt2"))

config = GPTConfig{dataclasses.astuple(SHAPE)}
for sha256, size in json.loads(sys.argv[1]):
    hub.RELEASED["gpt2"] = hub.Released(config, "openai-community/gpt2", "{COMMIT}", sha256, size)
    start = time.monotonic()
    try:
        said = find()
    except ConfigError as error:
        said = error.as_dict()
    print(json.dumps([said, time.monotonic() - start]))
"""


def load_from(
    endpoint: str, cache: Path, pins: list[tuple[str, int | None]], **environment: str
) -> list[tuple[Any, float]]:
    """What came of each pin, and the seconds that it took."""
    # Without telemetry, as in app.py; with a token in the environment, which must not be sent.
    own = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": "hf_secret"}
    own |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(cache)}
    ended = subprocess.run(
        [sys.executable, "-c", LOAD, json.dumps(pins), json.dumps(bool(environment.pop("TORCH", "")))],
        cwd=ROOT, env=os.environ | own | environment, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return [tuple(json.loads(line)) for line in ended.stdout.splitlines()]


def test_it_is_fetched_once_without_a_token_and_verified(tmp_path: Path) -> None:
    model = build(SHAPE, device="cpu").model
    data, total = checkpoint_bytes(model), model.wte.weight.detach().double().sum().item()
    digest, size = hashlib.sha256(data).hexdigest(), len(data)
    pins = [(digest, size), (digest, None), ("0" * 64, None), (digest, size + 1)]
    with hub_with(PATH, COMMIT, data, broken_after=1000) as (endpoint, asked):
        first, again, other_hash, other_size = load_from(endpoint, tmp_path, pins, TORCH="1")
    assert first[0] == again[0] == ["gpt2", total]
    assert set(asked) == {f"HEAD {PATH}", f"GET {PATH}"}, "no token, and nothing else"
    assert asked.count(f"GET {PATH}") == 2, "what broke off is fetched again; then it is in the cache"
    assert {other_hash[0]["code"], other_size[0]["code"]} == {"checkpoint_hash"}
    assert other_hash[0]["params"] == {"found": f"SHA-256 {digest[:16]}…", "expected": "0000000000000000…"}
    assert other_size[0]["params"] == {"found": f"{size} B", "expected": f"{size + 1} B"}


@pytest.fixture
def silent() -> Iterator[str]:
    """A host that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("how", ["nobody there", "no answer", "offline"])
def test_without_a_network_it_says_so_in_seconds(how: str, silent: str, tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}" if how == "nobody there" else silent
    offline = "1" if how == "offline" else "0"
    ((said, seconds),) = load_from(endpoint, tmp_path, [("0" * 64, None)], HF_HUB_OFFLINE=offline)
    assert said == {
        "code": "checkpoint_unreachable", "field": "weights", "value": '"gpt2"', "params": {},
    }  # fmt: skip
    assert seconds < 15


def test_who_stops_waiting_waits_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where looking a host up takes for ever, which no timeout of HTTP's ends."""
    monkeypatch.setattr(download, "STUCK_SECONDS", 0.3)
    monkeypatch.setattr(download._Download, "_fetch", lambda self: time.sleep(20))
    steps = download.download_in_steps("gpt2", "openai-community/gpt2", COMMIT)
    begin = time.monotonic()
    assert next(steps) == 0.0
    with pytest.raises(ConfigError, match="checkpoint_unreachable"):
        list(steps)
    assert time.monotonic() - begin < 5
    closed = download.download_in_steps("gpt2", "openai-community/gpt2", COMMIT)
    next(closed)
    closed.close()


def test_a_shape_is_a_release_or_is_none() -> None:
    for name in ("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"):
        assert hub.openai_checkpoint(PRESETS[name]) == name
    assert hub.RELEASED.keys() == {"gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"}
    for other in (
        GPTConfig(n_head=6),
        GPTConfig(bias=False),
        GPTConfig(block_size=512),
        PRESETS["gpt-mini"],
    ):
        assert hub.openai_checkpoint(other) is None


def test_every_pin_is_a_commit_and_a_sha256() -> None:
    for pin in hub.RELEASED.values():
        assert (len(bytes.fromhex(pin.revision)), len(bytes.fromhex(pin.sha256))) == (20, 32)
    assert len({pin.sha256 for pin in hub.RELEASED.values()}) == len(hub.RELEASED)


def test_an_operators_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SETTINGS", Settings(weights_folder=str(tmp_path)))
    pin = dataclasses.replace(hub.RELEASED["gpt2"], config=SHAPE)
    monkeypatch.setitem(hub.RELEASED, "gpt2", pin)
    theirs = saved(tmp_path / "gpt2")
    built = load_checkpoint("gpt2", "cpu")
    assert built.report.weights == "gpt2"
    check_same(built.model, theirs)
    say(tmp_path / "gpt2", n_head=4)
    assert refusal("gpt2").params == {"setting": "n_head", "allowed": "2"}
    say(tmp_path / "gpt2", n_head=2)
    monkeypatch.setattr(hub, "SETTINGS", Settings(weights_folder=str(tmp_path), openai_weights="off"))
    assert refusal("gpt2").code == "checkpoint_off"


def test_a_release_is_of_its_very_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked by the shape gets that one: no biases less, no second matrix more."""
    monkeypatch.setattr(hub, "SETTINGS", Settings(weights_folder=str(tmp_path)))
    monkeypatch.setitem(hub.RELEASED, "gpt2", dataclasses.replace(hub.RELEASED["gpt2"], config=SHAPE))
    saved(tmp_path / "gpt2", dataclasses.replace(SHAPE, tie_weights=False))
    say(tmp_path / "gpt2", tie_word_embeddings=True)
    found = refusal("gpt2")
    assert (found.code, found.value) == ("checkpoint_name", '"lm_head.weight"')
