"""How much memory the machine and this process's control groups leave. Needs no torch."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import psutil


def free_host_bytes() -> int:
    """The smallest of what the machine has available and what this process's control groups leave: in a
    container or a service the machine's figure means nothing."""
    return min([psutil.virtual_memory().available, *_cgroup_free()])


def _cgroup_free(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> list[int]:
    """What each memory limit leaves that holds for this process, for cgroup v2 and v1.

    A limit may be set on its own group (systemd's MemoryMax) or on any above it. A container sees its own
    as the root, and mostly not by the name that `own` has for it.
    """
    try:
        lines = own.read_text().splitlines()
    except OSError:
        lines = []
    kinds = {"": ("", "memory.max", "memory.current"),
             "memory": ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes")}  # fmt: skip
    names = dict.fromkeys(kinds, "/") | {
        controllers: name for _, controllers, name in (line.split(":", 2) for line in lines)
    }
    found = []
    for controllers, (folder, limit, used) in kinds.items():
        group = PurePosixPath(names[controllers])
        for each in (group, *group.parents):
            path = root / folder / each.relative_to("/")
            found += _left_in(path / limit, path / used, path / "memory.stat")
    return found


def _left_in(limit_file: Path, used_file: Path, stat_file: Path) -> list[int]:
    """What the group's limit leaves, if it has one. The page cache counts as used but gives way, so it is
    free to us."""
    try:
        limit, used = limit_file.read_text().strip(), int(used_file.read_text())
        stat = dict(line.split() for line in stat_file.read_text().splitlines())
    except (OSError, ValueError):
        return []
    # Only v2 counts what the groups below hold under the plain name.
    cached = int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))
    return [] if limit == "max" else [int(limit) - used + cached]
