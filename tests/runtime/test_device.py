"""How much memory there is, where the system limits what a process may take."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpt2core.runtime.device import _cgroup_free

GB = 10**9
V1, V2 = ("limit_in_bytes", "usage_in_bytes"), ("max", "current")


def group(folder: Path, names: tuple[str, str], limit: str, used: int, stat: str = "") -> None:
    """A control group, as the kernel shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in zip(names, (limit, str(used)), strict=True):
        (folder / f"memory.{name}").write_text(text + "\n")
    (folder / "memory.stat").write_text(stat or "inactive_file 0\n")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """/proc/self/cgroup of a machine that has both versions."""
    file = tmp_path / "cgroup"
    file.write_text(
        "9:name=systemd:/\n4:memory:/jobs/mine\n1:cpu,cpuacct:/other\n0::/system.slice/gpt2.service\n"
    )
    return file


def test_a_services_own_limit_counts(tmp_path: Path, own: Path) -> None:
    """systemd's MemoryMax: the group of the service has it, the root has no such file at all."""
    group(tmp_path / "system.slice" / "gpt2.service", V2, str(2 * GB), GB)
    assert _cgroup_free(tmp_path, own) == [GB]


def test_every_group_above_counts_too(tmp_path: Path, own: Path) -> None:
    group(tmp_path / "system.slice" / "gpt2.service", V2, "max", GB)
    group(tmp_path / "system.slice", V2, str(5 * GB), 4 * GB, f"anon 1\ninactive_file {2 * GB}\n")
    assert _cgroup_free(tmp_path, own) == [3 * GB], "the page cache gives way"


def test_a_container_finds_its_limit_at_the_root(tmp_path: Path, own: Path) -> None:
    group(tmp_path, V2, str(4 * GB), 3 * GB)
    assert _cgroup_free(tmp_path, own) == [GB]
    assert _cgroup_free(tmp_path, tmp_path / "missing") == [GB]


def test_version_1_has_a_tree_for_memory_alone(tmp_path: Path, own: Path) -> None:
    mine = tmp_path / "memory" / "jobs" / "mine"
    group(mine, V1, str(2 * GB), GB, f"inactive_file 0\ntotal_inactive_file {GB}\n")
    group(tmp_path / "memory", V1, str(2**63 - 4096), GB)
    free, unlimited = _cgroup_free(tmp_path, own)
    assert free == 2 * GB, "with the cache of the groups below"
    assert unlimited > 2**62


def test_where_nothing_is_limited_nothing_is_found(tmp_path: Path, own: Path) -> None:
    assert _cgroup_free(tmp_path, own) == []
    group(tmp_path, V2, "max", GB)
    assert _cgroup_free(tmp_path, own) == []
