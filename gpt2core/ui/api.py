"""The public endpoints, and nothing else: /analyze, /build, /generate, /train, /score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import gradio as gr

from gpt2core.config import GPTConfig, SamplingOptions
from gpt2core.counting.costs import costs
from gpt2core.counting.parameters import count_parameters
from gpt2core.errors import ConfigError
from gpt2core.serving.messages import BuildRequest, GenerateRequest, ScoreRequest, TrainRequest
from gpt2core.ui.dispatch import JOBS, run
from gpt2core.ui.error_messages import answers_in
from gpt2core.validation import CHOICES, LIMITS, RANDOM, SOURCES, parse_config

_LANG = "en"  # an API call has no page language
_SMALL, _SAMPLING, _DTYPE = GPTConfig(), SamplingOptions(), CHOICES["dtype"][0]  # the defaults


@answers_in(_LANG)
def analyze(
    n_layer: int = _SMALL.n_layer, n_head: int = _SMALL.n_head, n_embd: int = _SMALL.n_embd,
    block_size: int = _SMALL.block_size, vocab_size: int = _SMALL.vocab_size,
    bias: bool = _SMALL.bias, tie_weights: bool = _SMALL.tie_weights,
) -> dict[str, Any]:  # fmt: skip
    """Counts every parameter of a GPT-2 of this shape and says what it costs. Builds nothing."""
    config = parse_config(locals())
    return asdict(config) | asdict(count_parameters(config)) | asdict(costs(config))


@answers_in(_LANG)
def build(
    n_layer: int = _SMALL.n_layer, n_head: int = _SMALL.n_head, n_embd: int = _SMALL.n_embd,
    block_size: int = _SMALL.block_size, vocab_size: int = _SMALL.vocab_size,
    bias: bool = _SMALL.bias, tie_weights: bool = _SMALL.tie_weights, seed: int = 0,
    dtype: str = _DTYPE, weights: str = RANDOM, caller: gr.Request | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Builds this GPT-2 with random weights, or those of a run of /train, counts it in three ways and says
    whether they agree."""
    for event in run(BuildRequest, locals(), caller):
        if event["stage"] == "built":
            return {key: value for key, value in event.items() if key != "stage"}
    raise ConfigError("left", "", "")


@answers_in(_LANG)
def generate(
    n_layer: int = _SMALL.n_layer, n_head: int = _SMALL.n_head, n_embd: int = _SMALL.n_embd,
    block_size: int = _SMALL.block_size, vocab_size: int = _SMALL.vocab_size,
    bias: bool = _SMALL.bias, tie_weights: bool = _SMALL.tie_weights, seed: int = 0,
    prompt: str = "", temperature: float = _SAMPLING.temperature, top_k: int = 0, top_p: float = 1.0,
    max_new_tokens: int = _SAMPLING.max_new_tokens, sample_seed: int = _SAMPLING.seed,
    dtype: str = _DTYPE, weights: str = RANDOM, caller: gr.Request | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Streams the continuation of `prompt` by this GPT-2 with random weights, or those of a run of
    /train."""
    for event in run(GenerateRequest, locals(), caller):
        if event["stage"] == "generate":
            yield {key: value for key, value in event.items() if key not in ("stage", "distribution")}


@answers_in(_LANG)
def train(
    n_layer: int = _SMALL.n_layer, n_head: int = _SMALL.n_head, n_embd: int = _SMALL.n_embd,
    block_size: int = _SMALL.block_size, vocab_size: int = _SMALL.vocab_size,
    bias: bool = _SMALL.bias, tie_weights: bool = _SMALL.tie_weights, seed: int = 0,
    dtype: str = _DTYPE, source: str = SOURCES[0], text: str = "", steps: int = 0,
    seconds: float = LIMITS["seconds"].default, batch_size: int = 0, learning_rate: float = 0,
    caller: gr.Request | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Trains this GPT-2 and streams how that goes; equal calls share one run. 0 steps: as many as fit into
    `seconds`; a batch and a rate of 0: the shape's."""
    for event in run(TrainRequest, locals(), caller):
        if event["stage"] == "train":
            yield {k: v for k, v in event.items() if k not in ("stage", "training", "validation")}


@answers_in(_LANG)
def score(
    n_layer: int = _SMALL.n_layer, n_head: int = _SMALL.n_head, n_embd: int = _SMALL.n_embd,
    block_size: int = _SMALL.block_size, vocab_size: int = _SMALL.vocab_size,
    bias: bool = _SMALL.bias, tie_weights: bool = _SMALL.tie_weights, seed: int = 0,
    dtype: str = _DTYPE, weights: str = RANDOM, text: str = "", caller: gr.Request | None = None,
) -> dict[str, Any]:  # fmt: skip
    """How well this GPT-2 predicts `text`: bits per byte, perplexity, accuracy of its first guess, and the
    surprise at each token in nats."""
    for event in run(ScoreRequest, locals(), caller):
        if event["stage"] == "score":
            return {key: value for key, value in event.items() if key != "stage"}
    raise ConfigError("left", "", "")


def publish() -> None:
    """Puts the five endpoints on the page that is being laid out."""
    gr.api(analyze, api_name="analyze", concurrency_limit=None)
    gr.api(build, api_name="build", concurrency_limit=None, concurrency_id=JOBS)
    gr.api(generate, api_name="generate", concurrency_limit=None, concurrency_id=JOBS)
    gr.api(score, api_name="score", concurrency_limit=None, concurrency_id=JOBS)
    gr.api(train, api_name="train", concurrency_limit=None, concurrency_id=JOBS)
