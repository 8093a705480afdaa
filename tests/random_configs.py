"""Shapes for tests that want many: small ones, of every kind."""

import random

from gpt2core import GPTConfig


def random_configs(n: int, seed: int = 0) -> list[GPTConfig]:
    """`n` shapes, the same for the same seed; none has more than some 3.5 million parameters."""
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
