"""How much memory there is, where the system limits what a process may take; and which number formats are
offered."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gpt2core.config import DTYPE_BYTES
from gpt2core.runtime.device import (
    dtypes_of,
    has_bf16_kernels,
    offered_dtypes,
    torch_dtype,
)
from gpt2core.runtime.host_memory import _cgroup_free

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


def test_a_gpu_begins_with_bfloat16_and_a_cpu_with_float32() -> None:
    assert dtypes_of("cuda", True) == ("bfloat16", "float32")
    assert dtypes_of("cpu", True) == ("float32", "bfloat16")


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_what_a_device_has_no_instructions_for_is_not_offered(kind: str) -> None:
    assert dtypes_of(kind, False) == ("float32",)


@pytest.mark.parametrize("avx", [True, False])
@pytest.mark.parametrize("amx", [True, False])
@pytest.mark.parametrize("one_dnn", [True, False])
def test_a_cpu_needs_instructions_and_a_one_dnn_that_knows_them(
    avx: bool, amx: bool, one_dnn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = torch.device("cpu")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: one_dnn)
    assert has_bf16_kernels.__wrapped__(cpu) == ((avx or amx) and one_dnn)


def test_a_torch_that_does_not_say_has_no_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name)
    assert has_bf16_kernels.__wrapped__(torch.device("cpu")) is False


def test_every_format_is_one_of_torchs() -> None:
    assert {name: torch_dtype(name).itemsize for name in DTYPE_BYTES} == DTYPE_BYTES
    assert set(offered_dtypes(torch.device("cpu"))) <= set(DTYPE_BYTES)
