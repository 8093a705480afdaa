"""ZeroGPU: Hugging Face lends a GPU for one function call at a time, in a process forked for it.

Imported before torch is: `spaces` must come first. Spaces on a CPU or a GPU of their own have that
package too, so what counts is whether ZeroGPU is there.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Generator
from contextlib import closing

try:
    import spaces
except ImportError:  # any other failure must be loud: a broken ZeroGPU is no CPU
    spaces = None

from gpt2core.counting.costs import costs
from gpt2core.engine.run_store import RunStore
from gpt2core.errors import ConfigError
from gpt2core.serving.messages import (
    Event,
    LabRequest,
    Notice,
    Request,
    Snapshot,
    TrainRequest,
)

# The longest time to ask for. Each tier of visitors has a limit of its own, which is not documented and
# changes; who asks for more gets nothing. Visitors without an account have had two minutes a day.
# https://huggingface.co/docs/hub/spaces-zerogpu
LONGEST_LOAN = 120
_TRAINING_SECONDS = 20  # beside a run's own: its start, its evaluations
# As runtime.device.offered_dtypes would say of the GPUs that are lent, which the server does not see.
DTYPES = ("bfloat16", "float32")
# Titles of spaces 0.51.3's refusals (its client.py), after which the CPU computes.
_CPU_INSTEAD: dict[str, Notice] = {
    "ZeroGPU quota exceeded": "quota",
    "ZeroGPU pending credits exceeded": "quota",
    "ZeroGPU illegal duration": "too_long",
    "ZeroGPU queue timeout": "no_gpu",
    "ZeroGPU client error": "no_gpu",
}
_STORE = RunStore()  # what has been learnt on lent GPUs
_DIED = ("ZeroGPU worker error", "GPU task aborted")  # as it does at the end of its loan (its wrappers.py)


def _needed_seconds(request: Request) -> int:
    """What a job needs of a ZeroGPU: its start, drawing the weights, its prompt, then token by token. A
    lab may build the model again, tied and untied, or on the CPU, too."""
    if isinstance(request, TrainRequest):
        return round(_TRAINING_SECONDS + (request.seconds or LONGEST_LOAN))
    billions = costs(request.config).weight_bytes / 4e9
    per_step = 0.002 + 0.0005 * request.config.n_layer
    start = 30 if isinstance(request, LabRequest) else 10
    return round(start + 5 * billions + per_step * request.n_steps)


def gpu_seconds(request: Request) -> int:
    """How long a job may hold a ZeroGPU."""
    return min(_needed_seconds(request), LONGEST_LOAN)


def loan_notice(request: Request) -> Notice | None:
    """What is to be said of a job that has got a GPU."""
    return "may_end" if _needed_seconds(request) > LONGEST_LOAN else None


def _run(request: Request) -> Generator[Event | Snapshot]:
    """In the process that ZeroGPU has forked for it, and that ends with it: what is learnt there is handed
    over, and what was learnt before is known since the fork."""
    from gpt2core.serving import service  # not at the top: the page is served without torch

    mine = service.scheduler().store
    for snapshot in _STORE.snapshots():
        mine.restore(snapshot)
    learnt: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()
    mine.on_keep = learnt.put
    for event in service.run(request):
        while not learnt.empty():
            yield learnt.get()
        yield event


def _kept(lent: Callable[[Request], Generator[Event | Snapshot]]) -> Callable[[Request], Generator[Event]]:
    """`lent` as its callers see it, who hear of nothing that is to be kept here."""

    def run(request: Request) -> Generator[Event]:
        try:
            found = _STORE.prepared(request)
        except ConfigError as error:
            yield {"stage": "error", "error": error.as_dict()}
            return
        if isinstance(found, dict):  # which takes no GPU
            yield found
            return
        with closing(lent(found)) as told:
            for each in told:
                if isinstance(each, Snapshot):
                    _STORE.restore(each)
                else:
                    yield each
        for source in _STORE.unused():
            _STORE.forget(source)

    return run


def available() -> bool:
    """Whether this Space runs on ZeroGPU: what spaces 0.51 itself asks (its config.py)."""
    return spaces is not None and os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def cpu_instead(error: Exception, request: Request) -> Notice:
    """Why the CPU computes what `spaces` has refused. Raises ConfigError where the GPU was gone in the
    middle, RuntimeError for what nobody expected (of an exception only its class's name comes back)."""
    title, message = getattr(error, "title", ""), str(getattr(error, "message", error))
    if title in _CPU_INSTEAD:
        return _CPU_INSTEAD[title]
    if (title, message) == _DIED:
        raise ConfigError("loan_ended", "", "", seconds=gpu_seconds(request)) from None
    raise RuntimeError(f"{title}: {message}") from error


def device_name() -> str:
    from gpt2core.runtime import device

    return device.device_name(device.pick_device())


run: Callable[[Request], Generator[Event]] | None
run = _kept(spaces.GPU(duration=gpu_seconds)(_run)) if available() else None
