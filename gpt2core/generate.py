"""Decoding with a KV cache, as a stream of steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gpt2core.batch import Batch, Speech
from gpt2core.build import require_memory
from gpt2core.config import SamplingOptions, parse_sampling
from gpt2core.model import GPT
from gpt2core.sampling import Step


def generate(
    model: GPT,
    ids: Sequence[int],
    max_new_tokens: int = 50,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> Iterator[Step]:
    """Continues `ids` by up to `max_new_tokens` tokens; `seed` is the noise's.

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


def generate_rows(
    model: GPT, ids: Sequence[int], options: Sequence[SamplingOptions]
) -> Iterator[list[Step]]:
    """Continues one prompt in several ways at once: a step of every row at a time.

    Each row gets the tokens it would get alone from `generate` with the same options; all go on
    for as long as the first row's `max_new_tokens` says. Raises ConfigError as `generate` does.
    """
    speech = Speech(ids, options, model.config)
    weight = model.wte.weight
    there = sum(p.numel() * p.element_size() for p in model.parameters())
    require_memory(
        model.config, weight.device, speech.room,
        dtype=weight.dtype, rows=len(options), already_there=there,
    )  # fmt: skip
    return _steps(Batch(model), speech)


def _steps(batch: Batch, speech: Speech) -> Iterator[list[Step]]:
    batch.add(speech)
    batch.feed(len(speech.ids))
    yield speech.last
    while not speech.done:
        batch.step()
        yield speech.last
