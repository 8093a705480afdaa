"""The real app on the CPU, and requests to it that it has never seen."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from app_process import start_server
from benchmarks.machine import cpu_seconds
from client import Client, Outcome
from gauges import until_ready

DEPTHS = (13, 11)  # a shape other than the one before, so that no memory is of just the right size
_PAUSE_SECONDS = 0.25
_IDLE_SECONDS = 0.05  # of a pause: what the two processes say to each other, and a peer's threads


@dataclass
class App:
    process: psutil.Process
    client: Client

    @property
    def engine(self) -> psutil.Process:
        """The process that computes."""
        (child,) = self.process.children()
        return child

    def cpu_seconds(self) -> dict[str, float]:
        """What its two processes, and this one, have had of the cores until now."""
        each = {"server": self.process, "engine": self.engine, "load generator": psutil.Process()}
        return {name: cpu_seconds(process) for name, process in each.items()}

    async def ask(self, values: dict[str, Any], endpoint: str = "generate") -> Outcome:
        await self.rest()
        outcome = await self.client.as_api(values, endpoint)
        assert outcome.ok, outcome.refusal
        return outcome

    async def rest(self) -> None:
        """Returns when it computes nothing: what it does in idle moments falls into nobody's turn."""

        def had() -> float:
            return cpu_seconds(self.process) + cpu_seconds(self.engine)

        for _ in range(40):
            before = had()
            await asyncio.sleep(_PAUSE_SECONDS)
            if had() - before < _IDLE_SECONDS:
                return


@asynccontextmanager
async def running_app() -> AsyncIterator[App]:
    """Started, and warm."""
    process, url = start_app()
    try:
        async with Client(url) as client:
            await until_ready(client)
            app = App(psutil.Process(process.pid), client)
            await asyncio.sleep(1)
            await app.rest()
            yield app
    finally:
        process.terminate()
        process.wait(20)


def start_app() -> tuple[subprocess.Popen[bytes], str]:
    return start_server(CUDA_VISIBLE_DEVICES="", GPT2_ANATOMY_LOG_LEVEL="WARNING")


def new_seed() -> int:
    """Of weights that nobody has built before."""
    return random.SystemRandom().randrange(2**31)


def memory_mb(process: psutil.Process) -> tuple[float, float]:
    """Its resident memory now, and the most it ever had."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    lines = dict(line.split(":", 1) for line in status.splitlines())
    now, most = (int(lines[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
    return now, most


def cores() -> int:
    return len(os.sched_getaffinity(0))
