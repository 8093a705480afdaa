"""Looks at a built model: torchinfo's table, and whether the three ways to count agree."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import torch
import torchinfo

from gpt2core.config import GPTConfig
from gpt2core.counting.parameters import count_parameters
from gpt2core.model.meta_model import meta_model
from gpt2core.model.weights import BuiltModel


@dataclass(frozen=True)
class Reconciliation:
    """Three independent counts of one model."""

    closed_form: int  # from the table in parameters.py
    measured: int  # sum(p.numel()) over the built model
    torchinfo_total: int  # "Total params" as torchinfo printed it
    tying_correction: int  # what it counted twice
    table: str  # torchinfo's own text

    @property
    def corrected(self) -> int:
        return self.torchinfo_total - self.tying_correction

    @property
    def agrees(self) -> bool:
        return self.closed_form == self.measured == self.corrected


_one_at_a_time = threading.Lock()


def torchinfo_table(config: GPTConfig) -> str:
    """What torchinfo prints for `config` with one full context as its input; kept for a while, so that
    a class that builds one model waits for it once.

    Run on the meta device, which has shapes and no data: the same table as for the built model,
    in milliseconds. The mult-adds are left out, because torchinfo misses attention and the
    sequence length in them; so are the byte estimates that rest on its doubled count.
    """
    # In a thread of its own: torch's first forward pass leaves its frame, and with it those of all callers,
    # to the garbage collector, and one of them has the built model.
    with _one_at_a_time, ThreadPoolExecutor(1) as thread:
        return thread.submit(_torchinfo_table, config).result()


@lru_cache(maxsize=16)
def _torchinfo_table(config: GPTConfig) -> str:
    idx = torch.zeros(1, config.block_size, dtype=torch.long, device="meta")
    summary = torchinfo.summary(
        meta_model(config).eval(), input_data=idx, depth=5, verbose=0,
        col_names=("output_size", "num_params"), row_settings=("var_names",),
    )  # fmt: skip
    kept = str(summary).split("Total mult-adds")[0].split("Input size (MB)")[0]
    return kept.rstrip("=\n ")


def printed_total(table: str) -> int:
    """The number after 'Total params:' in torchinfo's text."""
    found = re.search(r"^Total params: ([\d,]+)$", table, re.MULTILINE)
    if found is None:
        raise ValueError("torchinfo printed no 'Total params' line")
    return int(found[1].replace(",", ""))


def reconcile(built: BuiltModel) -> Reconciliation:
    """Counts `built` in all three ways."""
    counts = count_parameters(built.config)
    table = torchinfo_table(built.config)
    return Reconciliation(
        closed_form=counts.unique_total,
        measured=sum(p.numel() for p in built.model.parameters()),
        torchinfo_total=printed_total(table),
        tying_correction=counts.tying_correction,
        table=table,
    )
