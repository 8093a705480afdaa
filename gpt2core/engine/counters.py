"""What an engine has done since its process started."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Counters:
    """Each is written by the decoding thread alone; whoever reads one gets a number that was true."""

    steps_decoded: int = 0  # stands still when nothing runs
    tokens_generated: int = 0  # sampled one by one
    tokens_prefilled: int = 0  # of prompts
    tokens_resumed: int = 0  # that had been generated before, and passed as a prefill
