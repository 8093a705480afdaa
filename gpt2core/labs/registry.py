"""Which lab answers what, and the answers kept for a while: a class asks the same thing at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import nullcontext
from dataclasses import dataclass

from gpt2core.config import GPTConfig
from gpt2core.engine.job import Checkpoint
from gpt2core.engine.sequence import check_ids
from gpt2core.labs import (
    device_placement,
    flop_check,
    forward_pass,
    gradients,
    init_weights,
    qkv,
    trace,
    tying,
)
from gpt2core.labs.memory import lab_bytes
from gpt2core.model.tokenizer import N_BYTES, Tokenizer, prompt_ids
from gpt2core.model.weights import BuiltModel
from gpt2core.runtime.device import all_cores
from gpt2core.serving.messages import LabRequest
from gpt2core.serving.messages.lab_results import LabResult

SAMPLE = "The cat sat on the mat because it was tired and wanted to sleep."
_SHORT_SAMPLE = 6  # tokens of it
_NO_TEXT = 16  # tokens in its place where the vocabulary lacks bytes

_TIMED = ("qkv", "devices")  # what is measured is measured anew each time


class Answers:
    """The newest answers, for any thread."""

    def __init__(self, most: int = 32) -> None:
        self._most, self._lock = most, threading.Lock()
        self._answers: OrderedDict[LabRequest, LabResult] = OrderedDict()

    def get(self, request: LabRequest) -> LabResult | None:
        with self._lock:
            return self._answers.get(request)

    def keep(self, request: LabRequest, result: LabResult) -> None:
        if request.lab in _TIMED:
            return
        with self._lock:
            self._answers[request] = result
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)


_answers = Answers()


@dataclass(frozen=True)
class LabWork:
    """A lab as the engine does it (engine/job.py, `Work`)."""

    request: LabRequest

    @property
    def n_bytes(self) -> int:
        return lab_bytes(self.request.lab, self.request.config, self.request.model.dtype_bytes)

    def __call__(self, built: BuiltModel, checkpoint: Checkpoint) -> LabResult:
        """What the lab finds, as plain data. Raises ConfigError and Cancelled."""
        result = _answers.get(self.request)
        if result is None:
            with all_cores() if self.request.lab in _TIMED else nullcontext():
                result = _ask(self.request, built, checkpoint)
            _answers.keep(self.request, result)
        return result


def _ask(request: LabRequest, built: BuiltModel, checkpoint: Checkpoint) -> LabResult:
    model, config = built.model, built.config
    match request.lab:
        case "forward":
            ids, n_given = _played_ids(request, config)
            return forward_pass.forward(model, ids, request.layer, request.sampling, n_given, checkpoint)
        case "trace":
            return trace.trace(model, _shown_ids(request, config), request.layer, checkpoint)
        case "gradients":
            ids = _shown_ids(request, config)
            pre_ln, post_ln = (
                gradients.gradient_norms(model, ids, pre_ln=way, checkpoint=checkpoint)
                for way in (True, False)
            )
            return {"lab": "gradients", "n_tokens": len(ids), "pre_ln": pre_ln, "post_ln": post_ln}
        case "weights":
            return {"lab": "weights", "rows": init_weights.weights(model, checkpoint)}
        case "tying":
            dtype = model.wte.weight.dtype
            return tying.tying(config, request.model.seed, built.report.device, dtype, checkpoint)
        case "qkv":
            return qkv.qkv(model, checkpoint)
        case "devices":
            return device_placement.devices(model, checkpoint)
        case "measured":
            return flop_check.measured(config, checkpoint)


def sample_ids(config: GPTConfig) -> list[int]:
    """What goes through where the prompt has less than two tokens."""
    if config.vocab_size < N_BYTES:
        return [n % config.vocab_size for n in range(_NO_TEXT)]
    return Tokenizer(config.vocab_size).encode(SAMPLE)


def _shown_ids(request: LabRequest, config: GPTConfig) -> list[int]:
    """The beginning of the prompt that fits, or the sample: these labs need something to look at."""
    ids = prompt_ids(request.prompt, config, after_start=request.model.learnt)
    ids = ids if len(ids) > 1 else sample_ids(config)
    ids = ids[: min(trace.MOST_TOKENS, config.block_size)]
    check_ids(ids, config)
    return ids


def _played_ids(request: LabRequest, config: GPTConfig) -> tuple[list[int], int]:
    """The beginning of the prompt that is shown, and how many tokens the prompt has; of an empty one the
    beginning of the sample, and 0."""
    learnt, prompt = request.model.learnt, request.prompt
    given = prompt_ids(prompt, config, after_start=learnt) if prompt else []
    ids = given or sample_ids(config)[:_SHORT_SAMPLE]
    ids = ids[: min(forward_pass.MOST_PROMPT, config.block_size)]
    check_ids(ids, config)
    return ids, len(given)
