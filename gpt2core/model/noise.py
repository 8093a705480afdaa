"""The noise that tokens are drawn with: a pure function of (seed, position, token)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor


def exponential_noise(
    keys: Sequence[tuple[int, int]], n: int, device: torch.device | str = "cpu"
) -> Tensor:
    """(len(keys), n) float32 exponential noise, a row for each (seed, position): the same on every
    device, but for rounding.

    Token i gets a hash of (seed, position, i), so there is no generator's state to keep and nothing
    to wait for on a GPU. -log(1 - u) keeps the resolution of u's 31 random bits where u is small,
    which is where the winners come from; it is never 0 and never infinite.
    """
    words = [noise_words(*key) for key in keys]
    first, second = torch.tensor(words, dtype=torch.int32, device=device).t()[:, :, None]
    bits = _mix((_counters(n, torch.device(device)) ^ first).mul_(second | 1), rounds=1)
    u = bits.bitwise_and_(2**31 - 1).bitwise_or_(1).float().mul_((1 - 2.0**-23) * 2.0**-31)
    return u.neg_().log1p_().neg_()


def noise_words(seed: int, position: int) -> tuple[int, int]:
    """The two int32 that the noise at a position is made of."""
    digest = hashlib.sha256(f"{seed}:{position}".encode()).digest()
    first, second = (int.from_bytes(digest[i : i + 4], "little", signed=True) for i in (0, 4))
    return first, second


@lru_cache(maxsize=8)
def _counters(n: int, device: torch.device) -> Tensor:
    """(n,) int32: 0 to n - 1, mixed."""
    return _mix(torch.arange(n, dtype=torch.int32, device=device), rounds=2)


def _mix(x: Tensor, rounds: int) -> Tensor:
    """Turns int32 numbers in place into others that look random, no two into the same.

    The constants are those of C. Wellons' 'lowbias32' (nullprogram.com/blog/2018/07/31).
    """
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B - 2**32))[:rounds]:
        x.bitwise_xor_(_shifted(x, shift)).mul_(factor)
    return x.bitwise_xor_(_shifted(x, 16))


def _shifted(x: Tensor, shift: int) -> Tensor:
    return (x >> shift).bitwise_and_((1 << (32 - shift)) - 1)  # >> drags the sign along
