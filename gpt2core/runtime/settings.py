"""What an operator may change, read from the environment once, and the log.

Each setting is the environment variable GPT2_ANATOMY_<NAME IN CAPITALS>; the README lists them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

PREFIX = "GPT2_ANATOMY_"
# Kernels that oneDNN keeps ready, the least recently used go: one for each shape of a matrix and number of
# rows. A model's steps need five; to make one takes 0.3 to 1 ms. Of its own accord it would keep over 500,
# of more than half a megabyte each (counting/footprint.py), and who plays with shapes and prompts for ten
# minutes meets as many.
KERNELS_KEPT = 96
# What torch must find in the environment when it is loaded. Large pages for large tensors: GPT-2 Small
# then builds in 0.31-0.38 s instead of 0.40 (medians on a noisy 2-core virtual machine). A kernel is two
# primitives of oneDNN's cache, and one entry of that which torch has before it.
# How often a thread of libgomp's looks whether there is work before it sleeps: of its own accord 300,000
# times, for longer than a matrix takes. Where somebody else keeps a core busy, two threads share the other,
# and each looks on for its time slice while the other has the work: 1.1 tokens/s of GPT-2 Small on 2 cores,
# and 7.3 with 20,000 (tests/benchmarks/busy_host.py). Where both cores are free that is 24 with either, and
# 18 with 3,000.
TORCH_ENVIRONMENT = {
    "GOMP_SPINCOUNT": "20000",
    "THP_MEM_ALLOC_ENABLE": "1",
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": str(2 * KERNELS_KEPT),
    "LRU_CACHE_CAPACITY": str(KERNELS_KEPT),
}

ENGINES = ("process", "ray")
SWITCH = ("on", "off")


@dataclass(frozen=True)
class Settings:
    """Limits of the server and the engine, and which engine it is."""

    # "process": one beside the server. "ray": those of a Ray cluster (serving/ray_engine).
    engine: str = "process"
    max_jobs: int = 256  # requests running and waiting at one time
    # A school is one address, and each of 100 students may have a job running and one waiting.
    max_jobs_per_address: int = 200
    max_rows: int = 128  # sequences decoded at one time
    max_cores: int = 1024  # that compute, of those that this process may run on
    memory_share: float = 0.8  # of the memory that is free at the start; the rest is the server's own
    idle_model_seconds: float = 600.0  # a model nobody has used for so long is dropped
    max_job_seconds: float = 600.0  # a job that waits or runs longer is ended
    stall_seconds: float = 3.0  # an engine that says nothing for so long is replaced
    shutdown_seconds: float = 10.0  # that running jobs have when the server ends
    metrics_token: str = ""  # with which /metrics is answered to others than this machine
    openai_weights: str = "on"  # "off": none of OpenAI's weights, from wherever
    weights_folder: str = ""  # has them in folders named gpt2, gpt2-medium, …: then nothing is fetched
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str) and not value > 0:
                raise ValueError(f"{PREFIX}{field.name.upper()}={value} is not a positive number")
        if self.memory_share > 1:
            raise ValueError(f"{PREFIX}MEMORY_SHARE={self.memory_share} is not between 0 and 1")
        if self.engine not in ENGINES:
            raise ValueError(f"{PREFIX}ENGINE={self.engine} is none of {', '.join(ENGINES)}")
        if self.openai_weights not in SWITCH:
            raise ValueError(f"{PREFIX}OPENAI_WEIGHTS={self.openai_weights} is none of {', '.join(SWITCH)}")
        if self.weights_folder and not Path(self.weights_folder).is_dir():
            raise ValueError(f"{PREFIX}WEIGHTS_FOLDER={self.weights_folder} is no folder")
        if self.log_level not in logging.getLevelNamesMapping():
            raise ValueError(f"{PREFIX}LOG_LEVEL={self.log_level} is no level of Python's logging")


def read(environ: Mapping[str, str]) -> Settings:
    """The settings that `environ` asks for. Raises ValueError, which names the variable, for what is no
    setting or no fitting value: a misspelt limit must not go unnoticed."""
    known = {f"{PREFIX}{field.name.upper()}": field.name for field in fields(Settings)}
    given: dict[str, Any] = {}
    for name, written in environ.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            raise ValueError(f"{name} is no setting; there are {', '.join(known)}")
        field, default = known[name], getattr(Settings, known[name])
        try:
            given[field] = type(default)(written)
        except ValueError:
            raise ValueError(f"{name}={written} is not a number") from None
    return replace(Settings(), **given)


SETTINGS = read(os.environ)


def configure_logging(level: str = SETTINGS.log_level) -> None:
    """Logs of gpt2core go to stderr, a line each. Prompts are in none of them."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log = logging.getLogger("gpt2core")
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False
