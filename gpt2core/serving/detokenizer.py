"""What a visitor sees of a sequence: its tokens as text, and the figures beside it."""

from __future__ import annotations

import math
from collections import abc

import torch
from torch import Tensor

from gpt2core.config import TOKENIZER_VOCAB
from gpt2core.engine.sequence import Sequence
from gpt2core.labs.next_token import next_logits
from gpt2core.model.sampling import Step, entropy, scaled_logits
from gpt2core.model.tokenizer import END_OF_TEXT, END_OF_TEXT_ID, TextStream, Tokenizer
from gpt2core.model.weights import BuildReport
from gpt2core.serving.messages import (
    COMPARED_TEMPERATURES,
    CompareEvent,
    CompareRequest,
    Distribution,
    GenerateEvent,
    GenerateRequest,
    LabResultEvent,
    NextTokenRequest,
    shape_config,
)

TOP_TOKENS = 20


class Detokenizer:
    """Turns the tokens of one request's sequence into text, as they come, and into events."""

    def __init__(self, request: GenerateRequest, sequence: Sequence) -> None:
        self.request, self.sequence = request, sequence
        self._tokenizer = Tokenizer()
        self._streams = [TextStream(self._tokenizer) for _ in sequence.options]
        self._texts = [""] * len(sequence.options)
        self._n_decoded = 0  # tokens a row whose text is in `_texts`

    def event(self, report: BuildReport) -> GenerateEvent | CompareEvent | LabResultEvent:
        """Everything that has been generated so far, by the model of which `report` tells."""
        request, sequence = self.request, self.sequence
        if isinstance(request, NextTokenRequest):
            return {
                "stage": "lab_result", "done": True, "seed": request.model.seed, "dtype": report.dtype,
                "weights": request.model.weights, "config": shape_config(request.config),
                "result": next_logits(sequence.last_steps[0].logits),
            }  # fmt: skip
        n, steps = sequence.n_generated, sequence.last_steps
        for row, stream in enumerate(self._streams):
            for i in range(self._n_decoded, n):
                last = i + 1 == sequence.max_new_tokens
                self._texts[row] += stream.push(sequence.tokens[row][i], last=last)
        self._n_decoded = n
        if isinstance(request, CompareRequest):
            return self._comparison(n, steps, report)
        return self._generation(n, steps, report)

    def _generation(self, n: int, steps: list[Step], report: BuildReport) -> GenerateEvent:
        start, tokens = self.sequence.ids[0], self.sequence.tokens[0][:n]
        label = END_OF_TEXT if start == END_OF_TEXT_ID else str(start)
        done = n == self.sequence.max_new_tokens
        return {
            "stage": "generate",
            "done": done,
            "n_tokens": n,
            "stop_reason": steps[0].stop_reason if done else None,
            "tokens_per_second": self.sequence.tokens_per_second,
            "block_size": self.request.config.block_size,
            "text": self._texts[0],
            "tokens": tokens,
            "repeat_share": repeat_share(tokens),
            "start_token": None if self.request.prompt else label,
            "probability": steps[0].probability,
            "distribution": _likeliest(steps[0], self.request.sampling.temperature, self._tokenizer),
            "device": report.device_name,
            "dtype": report.dtype,
        }

    def _comparison(self, n: int, steps: list[Step], report: BuildReport) -> CompareEvent:
        n_tokens, done = n * len(steps), n == self.sequence.max_new_tokens
        return {
            "stage": "compare",
            "done": done,
            "n_tokens": n_tokens,
            "stop_reason": steps[0].stop_reason if done else None,
            "tokens_per_second": self.sequence.tokens_per_second,
            "block_size": self.request.config.block_size,
            "texts": list(self._texts),
            "rows": [tokens[:n] for tokens in self.sequence.tokens],
            "temperatures": list(COMPARED_TEMPERATURES),
            # greedy leaves nothing open, whatever the distribution
            "entropies": [
                step.entropy if t else 0.0 for t, step in zip(COMPARED_TEMPERATURES, steps, strict=True)
            ],
            "repeat_shares": [repeat_share(tokens[:n]) for tokens in self.sequence.tokens],
            "device": report.device_name,
            "dtype": report.dtype,
        }


def repeat_share(tokens: abc.Sequence[int]) -> float:
    """How many of the tokens, from the second on, are the same as the one before: 0 to 1."""
    repeats = sum(a == b for a, b in zip(tokens[1:], tokens, strict=False))
    return repeats / max(1, len(tokens) - 1)


def _likeliest(step: Step, temperature: float, tokenizer: Tokenizer) -> Distribution:
    """The likeliest next tokens of one step, before and after temperature."""
    before, after = scaled_logits(step.logits, 1.0), scaled_logits(step.logits, temperature)
    top = torch.topk(step.logits, min(TOP_TOKENS, step.logits.numel())).indices
    greedy = temperature == 0
    chosen = [1.0] + [0.0] * (len(top) - 1) if greedy else _probabilities(after, top)
    return {
        "ids": top.tolist(),
        "labels": [tokenizer.label(i) for i in top.tolist()],
        "before": _probabilities(before, top),
        "after": chosen,
        "entropy_before": float(entropy(before)),
        "entropy_after": 0.0 if greedy else float(entropy(after)),
        "entropy_maximum": math.log(min(step.logits.numel(), TOKENIZER_VOCAB)),
        "temperature": temperature,
    }


def _probabilities(scaled: Tensor, ids: Tensor) -> list[float]:
    """Those of some tokens; all of the vocabulary's would take the time of the rows that decode."""
    found: list[float] = (scaled[ids] - scaled.logsumexp(-1)).exp().tolist()
    return found
