"""What becomes of a job that failed: the reason it is given, and its memory back."""

from __future__ import annotations

import gc
import logging

import torch

from gpt2core.errors import ConfigError
from gpt2core.runtime.device import capturing

log = logging.getLogger(__name__)


def reason(error: Exception) -> ConfigError:
    """What a visitor is told of an error; one that nobody expected goes to the log as well."""
    if isinstance(error, ConfigError):
        return error
    if out_of_memory(error):
        return ConfigError("out_of_memory", "", "")
    log.error("unexpected: %s", error, exc_info=error)
    return ConfigError("failed", "", "")


def out_of_memory(error: Exception) -> bool:
    """A CPU's allocator says so only in words."""
    text = str(error)
    words = ("can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(w in text for w in words)


def poisons(error: Exception) -> bool:
    """Whether the GPU takes no work from this process any more: after some errors (an index out of range,
    say) every later call fails, too; after others, as that of a capture that may not be, all goes on."""
    return isinstance(error, torch.AcceleratorError) and not out_of_memory(error) and not _answers()


def _answers() -> bool:
    try:
        return torch.zeros(1, device="cuda").item() == 0
    except (RuntimeError, AssertionError):  # the second where torch knows no CUDA
        return False


def release(error: Exception) -> None:
    """Gives back what a failed job held: its tensors hang on the frames of its traceback."""
    error.__traceback__ = None
    gc.collect()
    if torch.cuda.is_available() and not poisons(error):
        with capturing:
            torch.cuda.empty_cache()
