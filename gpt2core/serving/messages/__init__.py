"""What crosses between page, server and engine: typed requests in, typed events out.

All of it is plain data that can be pickled, so a request may be answered in this process, in a child
process or on another machine. The browser's types are generated from the same definitions
(tests/js/generate_types.py).
"""

from gpt2core.serving.messages.events import (
    BuildEvent,
    BuiltEvent,
    CompareEvent,
    CountEvent,
    Distribution,
    ErrorEvent,
    Event,
    GenerateEvent,
    LabEvent,
    LabResultEvent,
    Notice,
    Update,
    WaitEvent,
    shape_config,
)
from gpt2core.serving.messages.requests import (
    COMPARED_TEMPERATURES,
    LABS,
    PLAYED_TOKENS,
    PREFILL_CHUNK,
    BuildRequest,
    CompareRequest,
    GenerateRequest,
    LabName,
    LabRequest,
    NextTokenRequest,
    Request,
    Rows,
    Visitor,
)

__all__ = [
    "COMPARED_TEMPERATURES", "LABS", "PLAYED_TOKENS", "PREFILL_CHUNK", "BuildEvent", "BuildRequest",
    "BuiltEvent", "CompareEvent", "CompareRequest", "CountEvent", "Distribution", "ErrorEvent", "Event",
    "GenerateEvent", "GenerateRequest", "LabEvent", "LabName", "LabRequest", "LabResultEvent",
    "NextTokenRequest", "Notice", "Request", "Rows", "Update", "Visitor", "WaitEvent", "shape_config",
]  # fmt: skip
