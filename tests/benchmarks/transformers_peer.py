"""transformers at its best, as a resident process: inference mode, sdpa attention, its own cache, all
cores, greedy, and never stopping early."""

from __future__ import annotations

import sys
import time
from functools import cache
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

import torch
from benchmarks.resident import seconds, serve
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.generation.streamers import BaseStreamer
from transformers.utils import logging


class _Arrivals(BaseStreamer):  # type: ignore[misc]
    """When the prompt was taken, and when each token came."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def put(self, value: object) -> None:
        self.at.append(time.perf_counter())

    def end(self) -> None:
        pass


def _model(n_layer: int = 12) -> GPT2LMHeadModel:
    return GPT2LMHeadModel(GPT2Config(n_layer=n_layer, attn_implementation="sdpa")).eval()


@cache
def _small() -> GPT2LMHeadModel:
    return _model()


@torch.inference_mode()
def _generate(
    model: GPT2LMHeadModel, ids: list[int], tokens: int, rows: int = 1, streamer: BaseStreamer | None = None
) -> None:
    idx = torch.tensor([ids] * rows)
    out = model.generate(
        idx, attention_mask=torch.ones_like(idx), do_sample=False, min_new_tokens=tokens,
        max_new_tokens=tokens, pad_token_id=0, streamer=streamer,
    )  # fmt: skip
    assert out.shape[1] == len(ids) + tokens


def build(n_layer: int) -> float:
    return seconds(lambda: _model(n_layer))


def fresh(n_layer: int, ids: list[int], tokens: int) -> dict[str, float]:
    """Seconds of building a model and generating with it, and until the first token."""
    arrivals, begin = _Arrivals(), time.perf_counter()
    all_of_it = seconds(lambda: _generate(_model(n_layer), ids, tokens, streamer=arrivals))
    return {"first": arrivals.at[1] - begin, "seconds": all_of_it}


def decode(ids: list[int], tokens: int, rows: int) -> float:
    return seconds(lambda: _generate(_small(), ids, tokens, rows))


def compiled(ids: list[int], tokens: int) -> dict[str, float]:
    """With a static cache and torch.compile: seconds to compile, and to decode after that."""
    model = _model()
    model.generation_config.cache_implementation = "static"
    model.forward = torch.compile(model.forward, mode="default", fullgraph=True)
    compiling = seconds(lambda: [_generate(model, ids, tokens) for _ in range(2)])
    return {"compiling": compiling, "seconds": seconds(lambda: _generate(model, ids, tokens))}


if __name__ == "__main__":
    logging.set_verbosity_error()
    _generate(_small(), [1], 4)
    serve({"build": build, "fresh": fresh, "decode": decode, "compiled": compiled})
