"""Waiting for what is going to be so, without a guess at when."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_POLL_SECONDS = 0.005
Found = TypeVar("Found")


def eventually(look: Callable[[], Found], seconds: float = 30.0) -> Found:
    """What `look` finds, as soon as that is true. Fails the test after `seconds`, which are meant for a
    machine that stands still: nobody waits for them where all is well."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"not so after {seconds} s"
        time.sleep(_POLL_SECONDS)
    return found
