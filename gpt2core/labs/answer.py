"""Which lab answers what, and the answers kept for a while: a class asks the same thing at once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from gpt2core.batch import check_ids
from gpt2core.build import BuiltModel
from gpt2core.config import GPTConfig
from gpt2core.device import all_cores
from gpt2core.labs import devices, gradients, measured, qkv, trace, tying, weights
from gpt2core.requests import PROMPTED, LabRequest
from gpt2core.tokenizer import Tokenizer, prompt_ids

SAMPLE = "The cat sat on the mat because it was tired and wanted to sleep."

_KEPT = 32
_TIMED = ("qkv", "devices")  # what is measured is measured anew each time
_answers: OrderedDict[LabRequest, dict[str, Any]] = OrderedDict()


def answer(request: LabRequest, built: BuiltModel) -> dict[str, Any]:
    """What the lab finds, as plain data. Raises ConfigError. Not for several threads at once."""
    if request not in _answers:
        if request.lab in _TIMED:
            with all_cores():
                return _ask(request, built)
        _answers[request] = _ask(request, built)
        if len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return _answers[request]


def _ask(request: LabRequest, built: BuiltModel) -> dict[str, Any]:
    model, config = built.model, built.config
    if request.lab in PROMPTED:
        return _ask_with_prompt(request, built)
    if request.lab == "weights":
        return {"rows": weights.weights(model)}
    if request.lab == "tying":
        return tying.tying(config, request.model.seed, built.report.device)
    if request.lab == "qkv":
        return qkv.qkv(model)
    if request.lab == "devices":
        return devices.devices(model)
    assert request.lab == "measured"
    return measured.measured(config)


def sample_ids(config: GPTConfig) -> list[int]:
    """What goes through where the prompt has less than two tokens."""
    ids = Tokenizer().encode(SAMPLE)
    return ids if max(ids) < config.vocab_size else [n % config.vocab_size for n in range(len(ids))]


def _ask_with_prompt(request: LabRequest, built: BuiltModel) -> dict[str, Any]:
    config = built.config
    ids = prompt_ids(request.prompt, config)
    # They look at a beginning that fits, and need something to look at.
    ids = ids if len(ids) > 1 else sample_ids(config)
    ids = ids[: min(trace.MOST_TOKENS, config.block_size)]
    check_ids(ids, config)
    if request.lab == "trace":
        return trace.trace(built.model, ids, request.layer)
    return {
        "n_tokens": len(ids),
        "pre_ln": gradients.gradient_norms(built.model, ids),
        "post_ln": gradients.gradient_norms(built.model, ids, pre_ln=False),
    }
