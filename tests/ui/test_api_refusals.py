"""What the API refuses, and how."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx
import pytest
from orders import order_of

from gpt2core import GPTConfig, count_parameters
from gpt2core.validation import SHAPE_FIELDS

GOOD: dict[str, Any] = {
    "n_layer": 2, "n_head": 2, "n_embd": 32, "block_size": 64, "vocab_size": 50257, "bias": True,
    "tie_weights": True, "seed": 0, "prompt": "Hello", "temperature": 1.0, "top_k": 0, "top_p": 1.0,
    "max_new_tokens": 4, "sample_seed": 0, "dtype": "float32", "weights": "random",
}  # fmt: skip
WRONG: list[Any] = [
    5.37,
    math.nan,
    math.inf,
    True,
    "12",
    "<script>alert(1)</script>",
    [1],
    {},
    None,
    0,
    -1,
    10**18,
]
NUMBERS = ["n_layer", "n_head", "n_embd", "block_size", "vocab_size", "max_new_tokens"]
OTHERS: list[tuple[str, Any]] = [
    ("bias", 1), ("bias", "true"), ("tie_weights", None), ("seed", -1), ("seed", 2**32), ("seed", 1.5),
    ("prompt", None), ("prompt", 7), ("prompt", ["a"]), ("prompt", "x" * 30_000), ("prompt", "a " * 200),
    ("temperature", -0.1), ("temperature", math.nan), ("temperature", "hot"), ("temperature", None),
    ("top_k", 50_258), ("top_k", -1), ("top_k", 0.5), ("top_p", 0), ("top_p", 1.5), ("top_p", math.nan),
    ("n_head", 7), ("sample_seed", 10**18), ("vocab_size", 10), ("dtype", "float16"), ("dtype", None),
    ("dtype", 32), ("dtype", "bfloat16 "), ("dtype", ["bfloat16"]), ("dtype", "x" * 10_000),
    ("weights", None), ("weights", 7), ("weights", "../gpt2"), ("weights", "stories-en-0123456789abcdeg"),
    ("weights", "sums-0123456789abcdef"), ("weights", "openai"), ("weights", "x" * 10_000),
]  # fmt: skip
LABELS = {
    "n_layer": "Layers", "n_head": "Heads", "n_embd": "Embedding size", "block_size": "Context length",
    "vocab_size": "Vocabulary size", "bias": "Biases", "tie_weights": "Weight tying",
    "seed": "Seed of the weights", "prompt": "Prompt", "temperature": "Temperature", "top_k": "Top-k",
    "top_p": "Top-p", "max_new_tokens": "New tokens", "sample_seed": "Seed of the noise",
    "dtype": "Number format", "weights": "Weights", "source": "What it learns from",
    "text": "Your own text",
    "steps": "Training steps", "seconds": "Training time in seconds", "batch_size": "Batch size",
    "learning_rate": "Learning rate",
}  # fmt: skip


def call_raw(server: str, name: str, values: dict[str, Any]) -> str:
    """One call as curl would make it; returns the event stream's text."""
    body = json.dumps({"data": [values[p] for p in order_of(name)]})  # NaN stays NaN here
    with httpx.Client(base_url=server, timeout=60) as http:
        made = http.post(
            f"gradio_api/call/{name}", content=body, headers={"content-type": "application/json"}
        )
        assert made.status_code == 200, made.text
        return http.get(f"gradio_api/call/{name}/{made.json()['event_id']}").text


@pytest.mark.parametrize(
    ("field", "value"), [(f, v) for f in NUMBERS for v in WRONG] + OTHERS, ids=lambda v: repr(v)[:20]
)
def test_each_bad_value_gets_one_sentence(server: str, field: str, value: object) -> None:
    text = call_raw(server, "generate", GOOD | {field: value})
    assert text.startswith("event: error"), text
    sentence = json.loads(text.partition("data: ")[2])["error"]
    # a vocabulary too small for the prompt's tokens is the prompt's misfortune
    named = "prompt" if (field, value) == ("vocab_size", 10) else field
    assert sentence.startswith(f"{LABELS[named]} ({named}) "), "as the page and as the caller call it"
    assert sentence.endswith(".")
    assert "Traceback" not in text
    assert "object at 0x" not in text
    assert len(sentence) < 250


def test_the_next_request_works(server: str) -> None:
    assert '"done": true' in call_raw(server, "generate", GOOD | {"prompt": "<script>alert(1)</script>"})
    assert '"done": true' in call_raw(server, "generate", GOOD | {"prompt": ""})


@pytest.mark.parametrize("name", ["build", "generate"])
def test_too_big_is_refused_with_what_would_fit(server: str, name: str) -> None:
    text = call_raw(server, name, GOOD | {"n_layer": 128, "n_embd": 16_384})
    assert "of memory" in text
    assert "would fit" in text


def test_calls_that_do_not_fit_get_a_sentence(server: str) -> None:
    with httpx.Client(base_url=server, timeout=20) as http:
        unknown = http.post("gradio_api/call/v2/analyze", json={"n_layers": 3})
        assert unknown.status_code == 400
        assert "README" in unknown.json()["error"]
        many = http.post("gradio_api/call/analyze", json={"data": list(range(8))})
        assert many.status_code == 400
        assert many.json()["error"].startswith("/analyze takes at most 7 values, but 8 were given.")


@pytest.mark.parametrize("given", [[], [24, 16, 1024], [24, 16, 1024, 1024, 50257, True, False]])
def test_left_out_values_have_their_defaults(server: str, given: list[object]) -> None:
    with httpx.Client(base_url=server, timeout=20) as http:
        made = http.post("gradio_api/call/analyze", json={"data": given})
        heard = http.get(f"gradio_api/call/analyze/{made.json()['event_id']}").text
    config = GPTConfig(**dict(zip(SHAPE_FIELDS, given, strict=False)))  # type: ignore[arg-type]
    (found,) = json.loads(heard.partition("data: ")[2])
    assert found["unique_total"] == count_parameters(config).unique_total


def test_the_pages_own_events_refuse_the_same(server: str) -> None:
    with httpx.Client(base_url=server, timeout=20) as http:
        events = http.get("config").json()["dependencies"]
        for event in events:
            if event["backend_fn"] and event["api_visibility"] == "private":
                # the session's stream carries the answer: a sentence in the page's language
                session = f"s{event['id']}"
                data = ["<b>"] * len(event["inputs"])
                joined = http.post(
                    "gradio_api/queue/join",
                    json={"data": data, "fn_index": event["id"], "session_hash": session},
                )
                assert joined.status_code == 200
                text = ""
                with http.stream("GET", f"gradio_api/queue/data?session_hash={session}") as stream:
                    for line in stream.iter_lines():
                        text += line
                        if "process_completed" in line:
                            break
                assert "Traceback" not in text
                if data:
                    assert any(word in text for word in ("must be", "phải là"))
