"""Training in the engine's own process: it survives that process, and what it has learnt does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from serving.engine_processes import last_of, process_of

from gpt2core.config import GPTConfig
from gpt2core.serving.client import ProcessEngineClient
from gpt2core.serving.messages import (
    ForgetRequest,
    GenerateRequest,
    ScoreRequest,
    Snapshot,
    TrainRequest,
    WeightsRequest,
)
from gpt2core.training.run import Run, planned

SHAPE = asdict(GPTConfig(1, 2, 32, 32, 256))
ASKED = SHAPE | {"source": "sums", "steps": 1500, "batch_size": 8}


@pytest.fixture
def client() -> Iterator[ProcessEngineClient]:
    c = ProcessEngineClient()
    c.device_name()
    yield c
    c.close(0)


def weights(client: ProcessEngineClient, run: str) -> bytes:
    data: bytes = last_of(client.run(WeightsRequest.parse(SHAPE | {"weights": run})))["data"]
    return data


def test_a_run_whose_process_is_killed_ends_in_the_same_weights(client: ProcessEngineClient) -> None:
    told: list[dict[str, Any]] = []
    killed = False
    for event in client.run(TrainRequest.parse(ASKED)):
        told.append(dict(event))
        if not killed and event["stage"] == "train" and event["weights"]:
            killed = True
            process_of(client).kill()
    assert killed
    assert client.restarts == 1
    assert told[-1]["done"]
    assert any(event.get("notice") == "restarted" for event in told)
    assert all(event["stage"] in ("wait", "train") for event in told)
    restart = next(n for n, event in enumerate(told) if event.get("notice") == "restarted")
    kept_at = int(told[restart]["weights"].rpartition(".")[2])
    assert min(event["step"] for event in told[restart:] if "step" in event) >= kept_at
    resumed = weights(client, told[-1]["run"])

    process_of(client).kill()  # what it has learnt is kept by the server
    assert weights(client, told[-1]["run"]) == resumed
    prompt = SHAPE | {"weights": told[-1]["run"], "prompt": "12+34=", "max_new_tokens": 3, "temperature": 0}
    assert last_of(client.run(GenerateRequest.parse(prompt)))["done"]

    kept: list[Snapshot] = []
    whole = Run(planned(TrainRequest.parse(ASKED)), torch.device("cpu"), kept.append)
    with torch.enable_grad():
        for _ in whole.parts():
            pass
    assert kept[-1].run == told[-1]["run"]
    assert kept[-1].weights == resumed


def test_a_text_of_ones_own_is_shared_by_its_secret_and_forgotten(
    client: ProcessEngineClient, tmp_path: Path
) -> None:
    text = "Con mèo nằm trên thảm, con chó nằm dưới bàn. " * 30
    asked = SHAPE | {"source": "text", "text": text, "steps": 5, "batch_size": 2}
    told = last_of(client.run(TrainRequest.parse(asked)))
    assert told["done"]
    assert text[:20] not in json.dumps(told)
    by_name = SHAPE | {"source": told["source"], "steps": 5, "batch_size": 2}
    assert last_of(client.run(TrainRequest.parse(by_name))) == told
    scored = last_of(
        client.run(ScoreRequest.parse(SHAPE | {"weights": told["run"], "text": "Con mèo nằm"}))
    )
    assert scored["bits_per_byte"] > 0
    process_of(client).kill()
    assert last_of(client.run(TrainRequest.parse(by_name)))["run"] == told["run"]
    assert last_of(client.run(ForgetRequest.parse(by_name)))["stage"] == "forgotten"
    gone = last_of(client.run(TrainRequest.parse(by_name)))
    assert gone["error"]["code"] == "text_gone"
    lost = last_of(client.run(ScoreRequest.parse(SHAPE | {"weights": told["run"], "text": "abc"})))
    assert lost["error"]["code"] == "unknown_run"
