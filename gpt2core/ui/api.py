"""The public endpoints, and nothing else: /analyze, /build, /generate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import gradio as gr
from gradio.events import api

from gpt2core.config import parse_config
from gpt2core.costs import costs
from gpt2core.parameters import count_parameters
from gpt2core.requests import BuildRequest, GenerateRequest
from gpt2core.ui.errors import speaks
from gpt2core.ui.where import JOBS, run

_LANG = "en"  # an API call has no page language


@speaks(_LANG)
def analyze(
    n_layer: int = 12, n_head: int = 12, n_embd: int = 768, block_size: int = 1024,
    vocab_size: int = 50257, bias: bool = True, tie_weights: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Counts every parameter of a GPT-2 of this shape and says what it costs. Builds nothing."""
    config = parse_config(locals())
    return asdict(config) | asdict(count_parameters(config)) | asdict(costs(config))


@speaks(_LANG)
def build(
    n_layer: int = 12, n_head: int = 12, n_embd: int = 768, block_size: int = 1024,
    vocab_size: int = 50257, bias: bool = True, tie_weights: bool = True, seed: int = 0,
    caller: gr.Request | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Builds this GPT-2 with random weights, counts it in three ways and says whether they agree."""
    values, notices = locals(), dict[str, Any]()
    for event in run(BuildRequest, values, caller):
        if "notice" in event:
            notices = event
        elif event.get("done"):
            return {key: value for key, value in event.items() if key != "stage"} | notices
    raise RuntimeError("the build ended without a result")


@speaks(_LANG)
def generate(
    n_layer: int = 12, n_head: int = 12, n_embd: int = 768, block_size: int = 1024,
    vocab_size: int = 50257, bias: bool = True, tie_weights: bool = True, seed: int = 0,
    prompt: str = "", temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0,
    max_new_tokens: int = 50, sample_seed: int = 0, caller: gr.Request | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Streams the continuation of `prompt` by this GPT-2 with random weights."""
    values, notices = locals(), dict[str, Any]()
    for event in run(GenerateRequest, values, caller):
        if "notice" in event:
            notices = event
        elif event["stage"] == "generate":
            yield {k: v for k, v in event.items() if k not in ("stage", "distribution")} | notices


def publish() -> None:
    """Puts the three endpoints on the page that is being laid out."""
    api(analyze, api_name="analyze", concurrency_limit=None)
    api(build, api_name="build", concurrency_limit=None, concurrency_id=JOBS)
    api(generate, api_name="generate", concurrency_limit=None, concurrency_id=JOBS)
