"""A start wherever it is put: by a user who may write nowhere, from somebody else's checkout, in 2 GB."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from app_process import ROOT, start_server
from client import Client, Outcome

LIMIT = 2 * 10**9
GROUPS = Path("/sys/fs/cgroup")
NOBODY = "65534"
# All that a user without rights may do, and besides read what only root may: this machine's Python may lie
# in root's home.
AS_NOBODY = [
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    "--bounding-set=-all,+dac_read_search", "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=+dac_read_search", "env", "HOME=/nonexistent",
]  # fmt: skip
JOIN_GROUP = ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"']


@pytest.fixture(scope="module")
def small() -> Iterator[Path]:
    """A control group that may take LIMIT bytes."""
    of_version_1 = (GROUPS / "memory" / "memory.limit_in_bytes").exists()
    group = (GROUPS / "memory" if of_version_1 else GROUPS) / f"gpt2-anatomy-{os.getpid()}"
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if of_version_1 else "memory.max")).write_text(str(LIMIT))
    except OSError as error:
        pytest.skip(f"no memory limit can be set here: {error}")
    yield group
    group.rmdir()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the app that nobody may write to, root aside."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("app.py", "requirements.txt", "gpt2core", "assets"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return copy


@pytest.fixture(scope="module")
def url(small: Path, checkout: Path) -> Iterator[str]:
    process, url = start_server(under=[*JOIN_GROUP, str(small), *AS_NOBODY], root=checkout)
    yield url
    process.terminate()
    assert process.wait(20) == 0


def asked(url: str, endpoint: str, **values: Any) -> Outcome:
    async def ask() -> Outcome:
        async with Client(url) as client:
            return await client.as_api(values, endpoint)

    with ThreadPoolExecutor(1) as thread:  # playwright's loop runs in this one
        return thread.submit(asyncio.run, ask()).result()


def kills(group: Path) -> int:
    """How often the system has ended a process of the group for taking too much."""
    file = group / "memory.oom_control"
    file = file if file.exists() else group / "memory.events"
    return sum(int(n) for name, n in map(str.split, file.read_text().splitlines()) if name == "oom_kill")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_small_machine_builds_speaks_and_refuses_what_does_not_fit(url: str, small: Path) -> None:
    built = asked(url, "build")
    assert built.last["unique_total"] == 124_439_808, built.refusal
    spoken = asked(url, "generate", n_layer=3, n_head=3, n_embd=48, max_new_tokens=10)
    assert spoken.ok, spoken.refusal
    refused = asked(url, "build", n_layer=36, n_head=20, n_embd=1280).refusal
    assert refused
    assert "GB of memory, but" in refused
    assert asked(url, "generate", max_new_tokens=10).ok, "with what is left"
    assert kills(small) == 0
