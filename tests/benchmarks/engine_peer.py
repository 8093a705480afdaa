"""This project without a server before it, as a resident process: as a library, and as an engine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

import numpy as np
from benchmarks.resident import seconds, serve

from gpt2core import GPTConfig, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.engine.batch import Batch
from gpt2core.engine.sequence import Sequence
from gpt2core.model import GPT
from gpt2core.model.generation import generate_rows
from gpt2core.model.tokenizer import prompt_ids
from gpt2core.runtime.device import usable_cores, use_cores
from gpt2core.serving import service
from gpt2core.serving.messages import BuildRequest, GenerateRequest

_SMALL = GPTConfig()


@cache
def _small() -> GPT:
    """A model whose matrices are packed, if they ever are."""
    model = build(_SMALL, device="cpu").model
    _decode(model, [1], 12, 32)
    return model


def _decode(model: GPT, ids: list[int], tokens: int, rows: int) -> None:
    """Samples at temperature 1, noise included."""
    if rows == 1:
        steps = len(list(generate(model, ids, tokens, 1.0)))
    else:
        options = [SamplingOptions(max_new_tokens=tokens, seed=row) for row in range(rows)]
        steps = len(list(generate_rows(model, ids, options)))
    assert steps == tokens


def save(folder: str) -> dict[str, object]:
    """Writes each tensor as a .npy file; the configuration."""
    for name, tensor in _small().state_dict().items():
        np.save(Path(folder) / name, tensor.numpy())
    return asdict(_SMALL)


def greedy(ids: list[int], tokens: int) -> list[int]:
    return [step.token_id for step in generate(_small(), ids, tokens, 0)]


def build_(n_layer: int, seed: int) -> float:
    return seconds(lambda: build(replace(_SMALL, n_layer=n_layer), seed=seed, device="cpu"))


def fresh(n_layer: int, seed: int, ids: list[int], tokens: int) -> float:
    config = replace(_SMALL, n_layer=n_layer)
    return seconds(lambda: _decode(build(config, seed=seed, device="cpu").model, ids, tokens, 1))


def decode(ids: list[int], tokens: int, rows: int) -> float:
    return seconds(lambda: _decode(_small(), ids, tokens, rows))


def arrivals(seed: int, ids: list[int], tokens: int) -> list[float]:
    """Seconds from the request to each token of one row, as the scheduler decodes it, with GPT-2 Small of
    this seed; it is built where it is not there."""
    service.use_one_core()  # this thread only waits, as those of the engine's process do
    service.scheduler(keep_warm=True)
    model = BuildRequest(_SMALL, seed)
    request = GenerateRequest(model, "", SamplingOptions(max_new_tokens=tokens))
    found: list[float] = []
    begin = time.perf_counter()
    job = service.scheduler().submit(request, ids)
    assert job.sequence
    noted = job.sequence.on_token

    def on_token() -> None:
        found.append(time.perf_counter() - begin)
        noted()

    job.sequence.on_token = on_token
    job.ended.wait()
    assert job.error is None, job.error
    service.scheduler().cancel(job)
    return found


def crowd(prompts: list[str], temperatures: list[float], tokens: int) -> dict[str, float]:
    """Seconds that all prompts together need, and all steps after that."""
    service.scheduler(keep_warm=True)
    use_cores(usable_cores())
    batch = Batch(_small())
    for n, (prompt, temperature) in enumerate(zip(prompts, temperatures, strict=True)):
        options = SamplingOptions(temperature, max_new_tokens=tokens, seed=n)
        batch.add(Sequence(prompt_ids(prompt, _SMALL), [options], _SMALL))

    def until_none_is_left(work: Callable[[], bool]) -> None:
        while work():
            pass

    return {
        "prefill": seconds(lambda: until_none_is_left(batch.prefill)),
        "decode": seconds(lambda: until_none_is_left(batch.decode)),
    }


if __name__ == "__main__":
    serve({"save": save, "greedy": greedy, "build": build_, "fresh": fresh, "decode": decode,
           "arrivals": arrivals, "crowd": crowd})  # fmt: skip
