"""The model: gpt.py to read first, then its weights, sampling, tokenizer and generation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpt2core.model.gpt import GPT as GPT

__all__ = ["GPT"]


def __getattr__(name: str) -> object:
    if name != "GPT":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gpt2core.model.gpt import GPT  # on first use: the tokenizer needs no torch

    return GPT
