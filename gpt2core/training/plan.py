"""How a model of some shape is trained: how much at a time, how fast, for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from gpt2core.config import GPTConfig

# What a step looks at where the shape decides. Many small steps learn more of as many tokens: 0.8 M
# parameters after 0.6 M tokens of English stories, floor 0.142: 0.31 nats a byte in steps of 1,028 tokens,
# 0.24 in steps of 514, and 0.37 after 0.9 M in steps of 2,056.
_TOKENS_PER_STEP = 512
_SHORT = 64  # a row of so short a context holds an exercise or two: twice as many tokens
_MOST_ROWS = 64
# The best rate falls with the width (Yang et al. 2022, 'Tensor Programs V', table 3): 3e-3 up to a width of
# 160, where it was tried, is 6e-4 at 768, which GPT-3's table 2.1 has for that one.
_RATE_TIMES_WIDTH, _HIGHEST_RATE = 0.48, 3e-3
# Of the steps, and no fewer or more than so many: after 5 steps at the highest rate the loss of a short run
# stood at 5.7 for a step, in the middle of its way from 3.0 to 2.9.
_WARM_UP_SHARE, _FEWEST_WARM_UP, _MOST_WARM_UP = 0.1, 30, 200
_LAST_RATE = 0.02  # of the highest one
# AdamW as nanoGPT's train.py and GPT-3 (Brown et al. 2020, appendix B) have it.
BETAS: Final = (0.9, 0.95)
EPS: Final = 1e-8
WEIGHT_DECAY: Final = 0.1
MAX_GRAD_NORM: Final = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`batch_size` rows of a context each in every one of `steps`."""

    steps: int
    batch_size: int
    learning_rate: float

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0: a linear warm-up, then half a cosine."""
        warm_up = min(_MOST_WARM_UP, max(_FEWEST_WARM_UP, round(_WARM_UP_SHARE * self.steps)))
        warm_up = min(warm_up, max(1, self.steps // 2))
        if step < warm_up:
            return self.learning_rate * (step + 1) / warm_up
        done = (step - warm_up) / max(1, self.steps - warm_up)
        return self.learning_rate * (_LAST_RATE + (1 - _LAST_RATE) * (1 + math.cos(math.pi * done)) / 2)


def batch_size_for(config: GPTConfig) -> int:
    """Rows in a step, where nobody says."""
    tokens = 2 * _TOKENS_PER_STEP if config.block_size <= _SHORT else _TOKENS_PER_STEP
    return max(1, min(_MOST_ROWS, tokens // config.block_size))


def learning_rate_for(config: GPTConfig) -> float:
    """The highest rate, where nobody says, as two digits: it stands in links."""
    return two_digits(min(_HIGHEST_RATE, _RATE_TIMES_WIDTH / config.n_embd))


def steps_for(seconds: float, seconds_per_step: float) -> int:
    """Steps that fit into a time, as two digits: a link with them reads like one that somebody wrote."""
    return max(1, int(two_digits(seconds / seconds_per_step)))


def two_digits(number: float) -> float:
    """The number of two digits next to it."""
    return float(f"{number:.1e}")
