"""What a model learns from: stories of a grammar, exercises, or a visitor's own text. No torch."""

from __future__ import annotations

from typing import Final

from gpt2core.config import GPTConfig
from gpt2core.errors import ConfigError
from gpt2core.model.tokenizer import N_BYTES
from gpt2core.training.sources.exercises import EXERCISES, ExerciseSource
from gpt2core.training.sources.row import Row, Source
from gpt2core.training.sources.stories import StorySource
from gpt2core.training.sources.text import TextSource
from gpt2core.validation import OWN_TEXT, SOURCES

__all__ = ["SOURCES", "TEXT", "Row", "Source", "make_source"]

TEXT: Final = OWN_TEXT


def make_source(name: str, config: GPTConfig, text: str = "") -> Source:
    """The source called `name`, in the tokens of `config`. Raises ConfigError."""
    if name not in (*SOURCES, TEXT):
        raise ConfigError("choice", "source", name, allowed=", ".join((*SOURCES, TEXT)))
    if config.vocab_size < N_BYTES:
        raise ConfigError("text_bytes", "source", name, minimum=N_BYTES, vocab_size=config.vocab_size)
    if name == TEXT:
        return TextSource(text, config)
    return ExerciseSource(name, config) if name in EXERCISES else StorySource(name, config)
