"""A speech as it is told: its tokens as text, and the figures beside it, as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from gpt2core.batch import Speech
from gpt2core.config import COMPARED_TEMPERATURES, TOKENIZER_VOCAB
from gpt2core.labs.logits import next_logits
from gpt2core.requests import CompareRequest, Event, GenerateRequest, NextRequest, Request
from gpt2core.sampling import Step, entropy, scaled_logits
from gpt2core.tokenizer import END_OF_TEXT, END_OF_TEXT_ID, TextStream, Tokenizer

TOP_TOKENS = 20


class Voice:
    """A speech as it is told: its tokens become text, and figures."""

    def __init__(self, request: Request, speech: Speech) -> None:
        assert isinstance(request, GenerateRequest)
        self.request, self.speech = request, speech
        self._tokenizer = Tokenizer()
        self._streams = [TextStream(self._tokenizer) for _ in speech.options]
        self._texts = [""] * len(speech.options)
        self._heard = 0

    def event(self) -> Event:
        """Everything that has been said so far."""
        speech, request = self.speech, self.request
        if isinstance(request, NextRequest):
            return lab_event(request, "logits", next_logits(speech.last[0].logits))
        n, steps = speech.said, speech.last
        done = n == speech.n_new
        for row, stream in enumerate(self._streams):
            for i in range(self._heard, n):
                self._texts[row] += stream.push(speech.tokens[row][i], last=i + 1 == speech.n_new)
        self._heard = n
        spoken = n * len(speech.options)
        event = {
            "done": done, "n_tokens": spoken, "stop_reason": speech.last[0].stop_reason if done else None,
            "tokens_per_second": spoken / max(1e-9, speech.spoken_at - speech.started),
            "block_size": request.config.block_size,
        }  # fmt: skip
        tell = self._comparison if isinstance(request, CompareRequest) else self._generation
        return event | tell(n, steps)

    def _generation(self, n: int, steps: list[Step]) -> Event:
        start = self.speech.ids[0]
        label = END_OF_TEXT if start == END_OF_TEXT_ID else str(start)
        return {
            "stage": "generate", "text": self._texts[0], "tokens": self.speech.tokens[0][:n],
            "repeat_share": repeat_share(self.speech.tokens[0][:n]),
            "start_token": None if self.request.prompt else label,
            "probability": steps[0].probability,
            "distribution": _likeliest(steps[0], self.request.sampling.temperature, self._tokenizer),
        }  # fmt: skip

    def _comparison(self, n: int, steps: list[Step]) -> Event:
        return {
            "stage": "compare", "texts": list(self._texts), "temperatures": list(COMPARED_TEMPERATURES),
            # greedy leaves nothing open, whatever the distribution
            "entropies": [
                step.entropy if t else 0.0
                for t, step in zip(COMPARED_TEMPERATURES, steps, strict=True)
            ],
            "repeat_shares": [repeat_share(tokens[:n]) for tokens in self.speech.tokens],
        }  # fmt: skip


def repeat_share(tokens: Sequence[int]) -> float:
    """How many of the tokens, from the second on, are the same as the one before: 0 to 1."""
    repeats = sum(a == b for a, b in zip(tokens[1:], tokens, strict=False))
    return repeats / max(1, len(tokens) - 1)


def lab_event(request: Request, lab: str, result: dict[str, Any]) -> Event:
    """What a lab has found, with the model it was found on."""
    return {"stage": "lab", "done": True, "lab": lab, "seed": request.model.seed,
            "config": asdict(request.config), "result": result}  # fmt: skip


def _likeliest(step: Step, temperature: float, tokenizer: Tokenizer) -> Event:
    """The likeliest next tokens of one step, before and after temperature."""
    before, after = scaled_logits(step.logits, 1.0), scaled_logits(step.logits, temperature)
    top = torch.topk(step.logits, min(TOP_TOKENS, step.logits.numel())).indices
    greedy = temperature == 0
    chosen = [1.0] + [0.0] * (len(top) - 1) if greedy else (after - after.logsumexp(-1)).exp()[top].tolist()
    return {
        "ids": top.tolist(),
        "labels": [tokenizer.label(i) for i in top.tolist()],
        "before": (before - before.logsumexp(-1)).exp()[top].tolist(),
        "after": chosen,
        "entropy_before": float(entropy(before)),
        "entropy_after": 0.0 if greedy else float(entropy(after)),
        "entropy_maximum": math.log(min(step.logits.numel(), TOKENIZER_VOCAB)),
        "temperature": temperature,
    }
