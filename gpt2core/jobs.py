"""The two jobs that compute, with plain data in and a stream of plain data out.

So a job can run in this process or in another one (ZeroGPU), and neither the page nor the API
needs to know which. An expected failure is an event too: `{"error": ConfigError.as_dict()}`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, TypeAlias

import torch

from gpt2core.build import BuiltModel, build_in_steps
from gpt2core.config import (
    COMPARED_TEMPERATURES,
    TOKENIZER_VOCAB,
    ConfigError,
    GPTConfig,
    SamplingOptions,
    parse_config,
    parse_int,
    parse_sampling,
    parse_text,
)  # fmt: skip
from gpt2core.device import free_bytes, pick_device
from gpt2core.generate import Step, generate, generate_rows
from gpt2core.inspection import reconcile
from gpt2core.pool import Key, Pool
from gpt2core.sampling import distribution, entropy
from gpt2core.tokenizer import END_OF_TEXT_ID, TextStream, Tokenizer

Event: TypeAlias = dict[str, Any]
EVENT_SECONDS = 0.15  # text goes out this often, not once a token
TOP_TOKENS = 20


@dataclass(frozen=True)
class BuildRequest:
    config: GPTConfig
    seed: int
    device: str | None = None  # None: the GPU if there is one

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> BuildRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        return cls(parse_config(values), parse_int("seed", values.get("seed", 0)))

    @property
    def n_tokens(self) -> int:
        """How many tokens it decodes at most."""
        return 0

    def on_cpu(self) -> BuildRequest:
        return replace(self, device="cpu")


@dataclass(frozen=True)
class GenerateRequest:
    model: BuildRequest
    prompt: str
    sampling: SamplingOptions

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> GenerateRequest:
        """Untrusted values by the API's names -> request. Raises ConfigError."""
        model = BuildRequest.parse(values)
        return cls(
            model, parse_text("prompt", values.get("prompt", "")),
            parse_sampling(values, model.config.vocab_size),
        )  # fmt: skip

    @property
    def config(self) -> GPTConfig:
        return self.model.config

    @property
    def n_tokens(self) -> int:
        return min(self.sampling.max_new_tokens, self.config.block_size)

    def on_cpu(self) -> GenerateRequest:
        return replace(self, model=self.model.on_cpu())


@dataclass(frozen=True)
class CompareRequest(GenerateRequest):
    """The same prompt and noise at COMPARED_TEMPERATURES, all at once."""


def run(request: BuildRequest | GenerateRequest) -> Iterator[Event]:
    """The job's events; closing the iterator ends the computing. The last one has `done`."""
    try:
        if isinstance(request, BuildRequest):
            yield from _build(request)
        elif isinstance(request, CompareRequest):
            yield from _compare(request)
        else:
            yield from _generate(request)
    except ConfigError as error:
        yield {"error": error.as_dict()}


@cache
def _pool() -> Pool:
    # A quarter of what is free at first use leaves room for building the next one.
    return Pool(free_bytes(pick_device()) // 4)


def _obtain(request: BuildRequest, *, fresh: bool) -> Generator[Event, None, BuiltModel]:
    """The model of `request`, from the pool unless it must be `fresh`, with progress events."""
    key: Key = (request.config, request.seed, pick_device(request.device).type, "float32")
    built = None if fresh else _pool().get(key)
    if built is None:
        try:
            built = yield from _watched(build_in_steps(request.config, request.seed, request.device))
        except ConfigError:
            _pool().clear()  # what others built may be what is in the way
            built = yield from _watched(build_in_steps(request.config, request.seed, request.device))
        _pool().put(key, built)
    return built


def _watched(steps: Generator[float, None, BuiltModel]) -> Generator[Event, None, BuiltModel]:
    told = 0.0
    while True:
        try:
            progress = next(steps)
        except StopIteration as done:
            built: BuiltModel = done.value
            return built
        if time.perf_counter() - told > EVENT_SECONDS:
            told = time.perf_counter()
            yield {"stage": "build", "progress": progress}


def _build(request: BuildRequest) -> Iterator[Event]:
    built = yield from _obtain(request, fresh=True)
    yield {"stage": "count"}
    counts = reconcile(built)
    yield {
        "stage": "built", "done": True,
        "config": asdict(built.config),
        **asdict(built.report),
        "closed_form": counts.closed_form,
        "unique_total": counts.measured,
        "per_module_total": counts.torchinfo_total,
        "tying_correction": counts.tying_correction,
        "agrees": counts.agrees,
        "table": counts.table,
    }  # fmt: skip


def _prompt_ids(request: GenerateRequest) -> list[int]:
    # A vocabulary too small for <|endoftext|> starts from its last token instead.
    last = min(END_OF_TEXT_ID, request.config.vocab_size - 1)
    return Tokenizer().encode(request.prompt) or [last]


def _generate(request: GenerateRequest) -> Iterator[Event]:
    tokenizer, config, options = Tokenizer(), request.config, request.sampling
    ids = _prompt_ids(request)
    built = yield from _obtain(request.model, fresh=False)
    stream = TextStream(tokenizer)
    text, tokens = "", list[int]()
    start = told = time.perf_counter()
    for step in generate(
        built.model, ids, options.max_new_tokens, options.temperature, options.top_k,
        options.top_p, options.seed,
    ):  # fmt: skip
        tokens.append(step.token_id)
        text += stream.push(step.token_id, last=step.stop_reason is not None)
        now = time.perf_counter()
        if len(tokens) == 1 or now - told > EVENT_SECONDS or step.stop_reason:
            told = now
            yield {
                "stage": "generate", "done": step.stop_reason is not None,
                "text": text, "tokens": list(tokens), "n_tokens": len(tokens),
                "tokens_per_second": len(tokens) / (now - start),
                "stop_reason": step.stop_reason,
                "start_token": None if request.prompt else _start_label(ids[0]),
                "device": built.report.device_name, "dtype": built.report.dtype,
                "block_size": config.block_size, "probability": step.probability,
                "distribution": _likeliest(step, options.temperature, tokenizer),
            }  # fmt: skip


def _compare(request: CompareRequest) -> Iterator[Event]:
    tokenizer, ids = Tokenizer(), _prompt_ids(request)
    built = yield from _obtain(request.model, fresh=False)
    options = [replace(request.sampling, temperature=t) for t in COMPARED_TEMPERATURES]
    streams = [TextStream(tokenizer) for _ in options]
    texts, repeats, last = [""] * len(options), [0] * len(options), [-1] * len(options)
    start = told = time.perf_counter()
    for n, steps in enumerate(generate_rows(built.model, ids, options), 1):
        reason = steps[0].stop_reason
        for row, step in enumerate(steps):
            texts[row] += streams[row].push(step.token_id, last=reason is not None)
            repeats[row] += step.token_id == last[row]
            last[row] = step.token_id
        now = time.perf_counter()
        if n == 1 or now - told > EVENT_SECONDS or reason:
            told = now
            yield {
                "stage": "compare", "done": reason is not None, "texts": list(texts),
                "temperatures": list(COMPARED_TEMPERATURES),
                # greedy leaves nothing open, whatever the distribution
                "entropies": [
                    step.entropy if t else 0.0
                    for t, step in zip(COMPARED_TEMPERATURES, steps, strict=True)
                ],
                "repeat_shares": [r / max(1, n - 1) for r in repeats],
                "n_tokens": n * len(options), "tokens_per_second": n * len(options) / (now - start),
                "stop_reason": reason, "device": built.report.device_name,
                "block_size": request.config.block_size,
            }  # fmt: skip


def _start_label(token_id: int) -> str:
    return "<|endoftext|>" if token_id == END_OF_TEXT_ID else str(token_id)


def _likeliest(step: Step, temperature: float, tokenizer: Tokenizer) -> dict[str, Any]:
    """The likeliest next tokens of one step, before and after temperature."""
    before, after = distribution(step.logits), distribution(step.logits, temperature)
    top = torch.topk(step.logits, min(TOP_TOKENS, step.logits.numel())).indices
    entropies = float(entropy(before.log())), float(entropy(after.log()))
    greedy = temperature == 0
    chosen = torch.zeros_like(after).index_fill(0, top[:1], 1.0) if greedy else after
    return {
        "ids": top.tolist(),
        "labels": [tokenizer.label(i) for i in top.tolist()],
        "before": before[top].tolist(),
        "after": chosen[top].tolist(),
        "entropy_before": entropies[0],
        "entropy_after": 0.0 if greedy else entropies[1],
        "entropy_maximum": math.log(min(step.logits.numel(), TOKENIZER_VOCAB)),
        "temperature": temperature,
    }
