"""Which lab's result is shown how."""

from __future__ import annotations

from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import LabResult
from gpt2core.ui.components import blocks
from gpt2core.ui.labs import devices, gradients, measured, qkv, trace, tying, weights


def present(found: LabResult, lang: str) -> list[Block]:
    """What a lab has found, in words, tables and figures."""
    if found["lab"] == "forward":
        return [blocks.forward(found)]
    if found["lab"] == "trace":
        return trace.present(found, lang)
    if found["lab"] == "gradients":
        return gradients.present(found, lang)
    if found["lab"] == "weights":
        return weights.present(found, lang)
    if found["lab"] == "tying":
        return tying.present(found, lang)
    if found["lab"] == "qkv":
        return qkv.present(found, lang)
    if found["lab"] == "devices":
        return devices.present(found, lang)
    if found["lab"] == "measured":
        return measured.present(found, lang)
    return [blocks.next_token(found)]
