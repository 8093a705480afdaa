"""The five endpoints over the real protocol, and what strangers may send to them."""

from __future__ import annotations

from typing import Any

import pytest
from gradio_client import Client
from number_formats import needs_bfloat16
from orders import order_of

from gpt2core import GPTConfig, count_parameters

PARAMETERS = {name: list(order_of(name)) for name in ("analyze", "build", "generate", "train", "score")}
TINY: dict[str, Any] = {"n_layer": 2, "n_head": 2, "n_embd": 32, "block_size": 64}


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


def test_five_endpoints_and_no_more(client: Client) -> None:
    api = client.view_api(return_format="dict", print_info=False)
    assert set(api["named_endpoints"]) == {f"/{name}" for name in PARAMETERS}
    assert not api["unnamed_endpoints"]
    for name, expected in PARAMETERS.items():
        listed = api["named_endpoints"][f"/{name}"]["parameters"]
        assert [p["parameter_name"] for p in listed] == expected


def test_analyze_counts(client: Client) -> None:
    found = client.predict(api_name="/analyze")
    assert found["unique_total"] == 124_439_808
    assert found["per_module_total"] == 163_037_184
    assert found["components"] == count_parameters(GPTConfig()).components
    assert found["forward_flops"] == 291_648_307_200


def test_build_agrees(client: Client) -> None:
    found = client.predict(**TINY, seed=3, api_name="/build")
    counts = count_parameters(GPTConfig(**TINY))
    assert found["agrees"] is True
    assert found["unique_total"] == counts.unique_total
    assert found["per_module_total"] == counts.per_module_total
    assert found["weight_bytes"] == 4 * counts.unique_total
    assert {"device", "dtype", "seconds", "tying_correction"} <= set(found)


@needs_bfloat16
def test_another_number_format_is_the_last_argument(client: Client, server: str) -> None:
    values = [*TINY.values(), 50_257, True, True, 3]
    exact, rounded = (client.predict(*values, *more, api_name="/build") for more in ((), ("bfloat16",)))
    assert (exact["dtype"], rounded["dtype"]) == ("float32", "bfloat16")
    assert rounded["unique_total"] == exact["unique_total"]
    assert (rounded["agrees"], 2 * rounded["weight_bytes"]) == (True, exact["weight_bytes"])
    *_, last = client.submit(**TINY, dtype="bfloat16", max_new_tokens=5, api_name="/generate")
    assert (last["dtype"], len(last["tokens"])) == ("bfloat16", 5)


def test_generate_streams_the_continuation(client: Client) -> None:
    call = {**TINY, "prompt": "Xin chào 👋", "temperature": 0.05, "max_new_tokens": 30}
    events = list(client.submit(**call, api_name="/generate"))
    assert events[-1]["done"]
    assert len(events[-1]["tokens"]) == 30
    again = list(client.submit(**call, api_name="/generate"))
    assert again[-1]["text"] == events[-1]["text"]
    other = list(client.submit(**call, sample_seed=5, seed=1, api_name="/generate"))
    assert other[-1]["text"] != events[-1]["text"]


def test_the_context_fills_up_and_says_so(client: Client) -> None:
    *_, last = client.submit(**TINY, prompt="a b c", max_new_tokens=500, api_name="/generate")
    assert last["stop_reason"] == "context_full"
