"""What the rate limit knows of the functions that a request can call."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

import gradio as gr

from gpt2core.ui.gradio_compat import functions_of


@dataclass(frozen=True)
class CallableFunction:
    """`defaults` has a value for each argument of a function of the API, and nothing for the page's own."""

    name: str
    inputs: int
    is_job: bool = False
    defaults: Mapping[str, object] | None = None

    def filled(self, data: list[object]) -> list[object]:
        """`data` with the defaults of the arguments that were left out at its end."""
        return data + list((self.defaults or {}).values())[len(data) :]


def callable_functions(app: gr.Blocks, jobs: str) -> dict[str, CallableFunction]:
    """All of `app`, by number, and the API's by name as well; `jobs` is what computes' concurrency_id."""
    found = {}
    for key, fn in functions_of(app).items():
        defaults = None
        if fn.api_visibility == "public" and fn.fn:
            arguments = list(inspect.signature(fn.fn).parameters.items())[: len(fn.inputs)]
            defaults = {name: argument.default for name, argument in arguments}
        found[key] = CallableFunction(str(fn.api_name), len(fn.inputs), fn.concurrency_id == jobs, defaults)
    return found
