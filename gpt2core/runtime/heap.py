"""glibc's heap, from which torch takes its tensors on the CPU and oneDNN its copies."""

from __future__ import annotations

import ctypes
import functools
from contextlib import suppress
from pathlib import Path

# mallopt(3): nothing is mapped beside the heap, and the heap's end is not handed back by itself.
_KEEP_FREED = ((-4, 0), (-1, -1))  # (M_MMAP_MAX, none), (M_TRIM_THRESHOLD, never)

# What glibc must find in its environment. One heap: each thread that builds would otherwise get one of its
# own, and models that come and go would leave holes in all of them.
ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}
# Steps read the matrices faster, and what is unused is soon counted. But where memory is handed back, the
# system fills the holes in large pages again: a heap of 3.3 GB took 0.5 GB more.
LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class _MallocInfo(ctypes.Structure):
    """What mallinfo2(3) gives."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
                     "fordblks", "keepcost")
    ]  # fmt: skip


@functools.cache
def _glibc() -> ctypes.CDLL | None:
    """None with another library, and before glibc 2.33, which could not count above 2 GB."""
    with suppress(OSError, TypeError):
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallinfo2") and hasattr(libc, "mallopt"):
            libc.mallinfo2.restype = _MallocInfo
            return libc
    return None


def keep_freed() -> bool:
    """From now on the heap keeps what is freed, until `trim`; whether it can be told to."""
    libc = _glibc()
    return libc is not None and all(libc.mallopt(option, value) for option, value in _KEEP_FREED)


def trim() -> None:
    """Hands the system what the heap keeps of what is gone."""
    with suppress(OSError, AttributeError, TypeError):  # no glibc
        ctypes.CDLL(None).malloc_trim(0)


def unused_bytes() -> int:
    """Bytes of the heap that have been touched and are free; 0 where nobody can tell. Takes a millisecond,
    and 20 for each gigabyte where pages are small."""
    libc = _glibc()
    if libc is None:
        return 0
    with suppress(OSError):
        return max(0, _resident() - int(libc.mallinfo2().uordblks))
    return 0


def _resident(smaps: Path = Path("/proc/self/smaps")) -> int:
    """Resident bytes of the heap. It comes early among the maps, and the system works out only those that
    are read."""
    found, of_heap = 0, False
    with smaps.open() as lines:
        for line in lines:
            if line.startswith("Rss:"):
                found += of_heap * int(line.split()[1]) * 1024
            elif "-" in line.partition(" ")[0]:  # where the next map begins
                if of_heap and "[heap]" not in line:
                    break
                of_heap = "[heap]" in line
    return found
