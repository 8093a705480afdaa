"""Decoding with a KV cache, as a stream of steps."""

from __future__ import annotations

from collections import abc
from collections.abc import Iterator
from typing import cast

import torch

from gpt2core.config import SamplingOptions, plain_number
from gpt2core.engine.batch import Batch
from gpt2core.engine.linear_kernels import packing_pays
from gpt2core.engine.sequence import Sequence
from gpt2core.errors import ConfigError
from gpt2core.model.gpt import GPT
from gpt2core.model.sampling import Step
from gpt2core.model.weights import require_memory
from gpt2core.validation import parse_sampling


def generate(
    model: GPT,
    ids: abc.Iterable[int] | torch.Tensor,
    max_new_tokens: int = 50,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> Iterator[Step]:
    """Continues `ids` by up to `max_new_tokens` tokens; `seed` is the noise's. `ids` may be a tensor or a
    numpy array, (T,) or (1, T), on any device.

    Ends early when prompt and continuation together reach `block_size`: learned positions
    cannot slide. A prompt that fills the context gets one token. Ids the tokenizer does not have
    (a padded vocabulary's) are never drawn. Raises ConfigError at once for an option or an id
    out of range, an empty or too long prompt, or a cache that would not fit.
    """
    options = parse_sampling(
        {"temperature": temperature, "top_k": top_k, "top_p": top_p,
         "max_new_tokens": max_new_tokens, "sample_seed": seed},
        model.config.vocab_size,
    )  # fmt: skip
    return (steps[0] for steps in generate_rows(model, ids, [options]))


def token_ids(ids: object) -> list[int]:
    """One prompt's ids as Python's own numbers; whether the vocabulary has them is for `Sequence` to say.
    Raises ConfigError for what is not one sequence."""
    values = ids.tolist() if isinstance(ids, torch.Tensor) or hasattr(ids, "tolist") else ids
    if isinstance(values, list) and len(values) == 1 and isinstance(values[0], list):
        (values,) = values
    if isinstance(values, str) or not isinstance(values, abc.Iterable):
        raise ConfigError("token_ids", "prompt", ids)
    tokens = [plain_number(value) for value in values]
    if any(isinstance(token, list) for token in tokens):
        raise ConfigError("token_ids", "prompt", ids)
    return cast(list[int], tokens)


def generate_rows(
    model: GPT, ids: abc.Iterable[int] | torch.Tensor, options: abc.Sequence[SamplingOptions]
) -> Iterator[list[Step]]:
    """Continues one prompt in several ways at once: a step of every row at a time.

    Each row gets the tokens it would get alone from `generate` with the same options; all go on
    for as long as the first row's `max_new_tokens` says. Raises ConfigError as `generate` does.
    """
    sequence = Sequence(token_ids(ids), options, model.config)
    weight = model.wte.weight
    there = sum(p.numel() * p.element_size() for p in model.parameters())
    require_memory(
        model.config, weight.device, sequence.max_len,
        dtype=weight.dtype, rows=len(options), already_there=there,
    )  # fmt: skip
    pack = packing_pays(model, len(options) * sequence.max_new_tokens)
    return _steps(Batch(model, pack=pack), sequence)


def _steps(batch: Batch, sequence: Sequence) -> Iterator[list[Step]]:
    batch.add(sequence)
    batch.prefill(len(sequence.ids))
    yield sequence.last_steps
    while not sequence.finished:
        batch.decode()
        yield sequence.last_steps
