"""Memory that stays warm, in processes of their own: the heap cannot be told to forget what it was told."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from gpt2core.counting.footprint import ready_bytes
from gpt2core.runtime import heap
from gpt2core.runtime.settings import TORCH_ENVIRONMENT

ROOT = Path(__file__).parents[2]
MB = 2**20
SETTING = f"""
import gc, psutil, torch
from gpt2core.runtime import arena, heap
from gpt2core.runtime.arena import Arena
from gpt2core.runtime.device import used_bytes
CPU, MB = torch.device("cpu"), {MB}

def resident():
    return psutil.Process().memory_info().rss

def filled(n_bytes):
    return torch.ones(n_bytes, dtype=torch.uint8)

def touched_ahead(kept, used_bytes=0):
    n = 0
    while kept.touch_ahead(used_bytes):
        n += 1
    return n

filled(MB)
"""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another heap keeps nothing")


def run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SETTING + code], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env=heap.ONE_HEAP | heap.LARGE_PAGES | TORCH_ENVIRONMENT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_is_freed_stays_and_is_used_again() -> None:
    run("""
kept, before = Arena(100 * MB, 400 * MB, CPU), resident()
numbers = filled(200 * MB)
used = used_bytes(CPU)
del numbers
assert resident() > before + 195 * MB
assert 195 * MB < kept.n_bytes < 210 * MB
assert used_bytes(CPU) < used - 195 * MB
numbers = filled(190 * MB)
assert resident() < before + 210 * MB
assert kept.n_bytes < 15 * MB
""")


def test_an_idle_process_touches_ahead_until_enough_is_ready() -> None:
    run("""
kept, before = Arena(100 * MB, 400 * MB, CPU), resident()
pieces = touched_ahead(kept)
assert 20 < pieces < 30
assert 95 * MB < resident() - before < 110 * MB
assert 95 * MB < kept.n_bytes < 110 * MB
assert touched_ahead(kept) == 0
numbers, before = filled(90 * MB), resident()
assert resident() < before + 5 * MB
""")


def test_no_more_is_kept_than_models_leave_free() -> None:
    run("""
kept, before = Arena(100 * MB, 400 * MB, CPU), resident()
touched_ahead(kept, used_bytes=360 * MB)
assert 35 * MB < kept.n_bytes < 45 * MB
numbers = filled(300 * MB)
del numbers
kept.make_room(50 * MB, used_bytes=100 * MB)
assert kept.n_bytes > 295 * MB
kept.make_room(50 * MB, used_bytes=200 * MB)
assert kept.n_bytes < 5 * MB
""")


def test_what_is_too_much_goes_back_when_nothing_is_computed() -> None:
    run("""
kept, before = Arena(50 * MB, 400 * MB, CPU), resident()
numbers = filled(200 * MB)
del numbers
touched_ahead(kept)
touched_ahead(kept)
assert 45 * MB < kept.n_bytes < 60 * MB
assert resident() < before + 70 * MB
""")


def test_what_the_machine_is_short_of_goes_back() -> None:
    run("""
kept, before = Arena(100 * MB, 400 * MB, CPU), resident()
touched_ahead(kept)
arena.free_bytes = lambda device: 50 * MB
assert touched_ahead(kept) == 0
assert resident() < before + 5 * MB
before = resident()
arena.free_bytes = lambda device: 120 * MB - (resident() - before)
touched_ahead(kept)
assert 10 * MB < kept.n_bytes < 25 * MB
""")


def test_nothing_is_kept_where_nothing_is_to_be_ready() -> None:
    run("""
kept, before = Arena(0, 400 * MB, CPU), resident()
assert touched_ahead(kept) == 0
numbers = filled(200 * MB)
del numbers
kept.make_room(MB, 0)
assert kept.n_bytes == 0
assert resident() < before + 5 * MB
""")


def test_little_memory_has_nothing_ready() -> None:
    assert ready_bytes(4 * 10**9) == 0
    assert 10**9 < ready_bytes(5 * 10**9) < 1.2 * 10**9


def test_what_is_far_too_large_is_taken_beside_it() -> None:
    run("""
kept = Arena(50 * MB, 900 * MB, CPU)
assert not kept.has_no_room_for(90 * MB)
assert kept.has_no_room_for(110 * MB)
numbers = filled(200 * MB)
del numbers
kept.make_room(400 * MB, used_bytes=400 * MB)
assert kept.n_bytes > 195 * MB, "both have room"
kept.make_room(800 * MB, used_bytes=800 * MB)
assert kept.n_bytes < 5 * MB, "nothing of it comes from what is kept"
assert not Arena(0, 900 * MB, CPU).has_no_room_for(800 * MB)
""")


def test_what_models_leave_no_room_for_goes_back() -> None:
    """Not all that they take comes from the heap."""
    run("""
kept = Arena(100 * MB, 400 * MB, CPU)
numbers = filled(150 * MB)
del numbers
kept.keep_within(used_bytes=200 * MB)
assert kept.n_bytes > 145 * MB
kept.keep_within(used_bytes=300 * MB)
assert kept.n_bytes < 5 * MB
""")
