"""ZeroGPU: Hugging Face lends a GPU for one function call at a time, in a process forked for it.

Imported before torch is: `spaces` must come first. Spaces on a CPU or a GPU of their own have that
package too, so what counts is whether ZeroGPU is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator

try:
    import spaces
except ImportError:  # any other failure must be loud: a broken ZeroGPU is no CPU
    spaces = None

from gpt2core.counting.costs import costs
from gpt2core.serving.messages import Event, LabRequest, Request

# The titles of spaces 0.51's refusals (its client.py): there is no GPU time left for this visitor.
_QUOTA_TITLES = ("ZeroGPU quota exceeded", "ZeroGPU pending credits exceeded",
                 "ZeroGPU illegal duration")  # fmt: skip


def gpu_seconds(request: Request) -> int:
    """How long a job may hold a ZeroGPU: its start, drawing the weights, its prompt, then token by token. A
    lab may build the model again, tied and untied, or on the CPU, too."""
    billions = costs(request.config).weight_bytes / 4e9
    per_step = 0.002 + 0.0005 * request.config.n_layer
    start = 30 if isinstance(request, LabRequest) else 10
    return round(start + 5 * billions + per_step * request.n_steps)


def _run(request: Request) -> Generator[Event]:
    """In the process that ZeroGPU has forked for it."""
    from gpt2core.serving import service  # not at the top: the page is served without torch

    yield from service.run(request)


def available() -> bool:
    """Whether this Space runs on ZeroGPU: what spaces 0.51 itself asks (its config.py)."""
    return spaces is not None and os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def quota_is_gone(error: Exception) -> bool:
    """Whether `spaces` refuses because this visitor has no GPU time left."""
    return getattr(error, "title", "") in _QUOTA_TITLES


def device_name() -> str:
    from gpt2core.runtime import device

    return device.device_name(device.pick_device())


run: Callable[[Request], Generator[Event]] | None
run = spaces.GPU(duration=gpu_seconds)(_run) if available() else None
