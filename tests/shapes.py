"""Shapes that the tests build and count."""

from __future__ import annotations

import random

from gpt2core.config import GPTConfig

TINY = GPTConfig(n_layer=2, n_head=2, n_embd=32, block_size=48, vocab_size=400)
WIDE = GPTConfig(2, 2, 64, 4096, 300)  # room for long texts


def random_configs(n: int, seed: int = 0) -> list[GPTConfig]:
    """`n` small shapes, the same ones for the same seed."""
    draw = random.Random(seed)
    configs = []
    for _ in range(n):
        n_head = draw.randint(1, 12)
        configs.append(
            GPTConfig(
                draw.randint(1, 6), n_head, n_head * draw.randint(1, 16), draw.randint(1, 64),
                draw.randint(1, 3000), draw.random() < 0.5, draw.random() < 0.5,
            )
        )  # fmt: skip
    return configs
