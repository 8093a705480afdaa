"""GPT-2 of any size: counted, built, inspected, and run.

The public names load on first use (PEP 562), so that `import gpt2core.config` stays free of torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpt2core.config import PRESETS as PRESETS
    from gpt2core.config import GPTConfig as GPTConfig
    from gpt2core.counting.parameters import count_parameters as count_parameters
    from gpt2core.errors import ConfigError as ConfigError
    from gpt2core.model.checkpoint import load_checkpoint as load_checkpoint
    from gpt2core.model.generation import generate as generate
    from gpt2core.model.tokenizer import Tokenizer as Tokenizer
    from gpt2core.model.weights import BuiltModel as BuiltModel
    from gpt2core.model.weights import build as build
    from gpt2core.training.score import score as score
    from gpt2core.training.train import train as train

_MODULES = {
    "GPTConfig": "config",
    "PRESETS": "config",
    "ConfigError": "errors",
    "count_parameters": "counting.parameters",
    "build": "model.weights",
    "BuiltModel": "model.weights",
    "load_checkpoint": "model.checkpoint",
    "generate": "model.generation",
    "Tokenizer": "model.tokenizer",
    "train": "training.train",
    "score": "training.score",
}
__all__ = list(_MODULES)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
