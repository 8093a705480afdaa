"""The page's tabs, a file each: `lay_out` puts one on the page, its handlers stand below."""

from gpt2core.ui.views import (
    costs,
    counters,
    drawing,
    export,
    generate,
    hardware,
    inside,
    lesson,
    model,
    parameters,
    temperature,
)

__all__ = [
    "costs", "counters", "drawing", "export", "generate", "hardware", "inside", "lesson", "model",
    "parameters", "temperature",
]  # fmt: skip
