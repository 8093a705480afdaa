"""Which lab answers what, and the answers kept for a while: a class asks the same thing at once."""

from __future__ import annotations

from collections import OrderedDict

from gpt2core.config import GPTConfig
from gpt2core.engine.batch import check_ids
from gpt2core.labs import device_placement, flop_check, gradients, init_weights, qkv, trace, tying
from gpt2core.model.tokenizer import Tokenizer, prompt_ids
from gpt2core.model.weights import BuiltModel
from gpt2core.runtime.device import all_cores
from gpt2core.serving.messages import LabRequest
from gpt2core.serving.messages.lab_results import LabResult

SAMPLE = "The cat sat on the mat because it was tired and wanted to sleep."

_KEPT = 32
_TIMED = ("qkv", "devices")  # what is measured is measured anew each time
_answers: OrderedDict[LabRequest, LabResult] = OrderedDict()


def answer(request: LabRequest, built: BuiltModel) -> LabResult:
    """What the lab finds, as plain data. Raises ConfigError. Not for several threads at once."""
    if request not in _answers:
        if request.lab in _TIMED:
            with all_cores():
                return _ask(request, built)
        _answers[request] = _ask(request, built)
        if len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return _answers[request]


def _ask(request: LabRequest, built: BuiltModel) -> LabResult:
    model, config = built.model, built.config
    match request.lab:
        case "trace":
            return trace.trace(model, _shown_ids(request, config), request.layer)
        case "gradients":
            ids = _shown_ids(request, config)
            return {
                "lab": "gradients",
                "n_tokens": len(ids),
                "pre_ln": gradients.gradient_norms(model, ids),
                "post_ln": gradients.gradient_norms(model, ids, pre_ln=False),
            }
        case "weights":
            return {"lab": "weights", "rows": init_weights.weights(model)}
        case "tying":
            return tying.tying(config, request.model.seed, built.report.device)
        case "qkv":
            return qkv.qkv(model)
        case "devices":
            return device_placement.devices(model)
        case "measured":
            return flop_check.measured(config)


def sample_ids(config: GPTConfig) -> list[int]:
    """What goes through where the prompt has less than two tokens."""
    ids = Tokenizer().encode(SAMPLE)
    return ids if max(ids) < config.vocab_size else [n % config.vocab_size for n in range(len(ids))]


def _shown_ids(request: LabRequest, config: GPTConfig) -> list[int]:
    """The beginning of the prompt that fits, or the sample: these labs need something to look at."""
    ids = prompt_ids(request.prompt, config)
    ids = ids if len(ids) > 1 else sample_ids(config)
    ids = ids[: min(trace.MOST_TOKENS, config.block_size)]
    check_ids(ids, config)
    return ids
