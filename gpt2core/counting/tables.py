"""The page's tables of counts and costs, each authored once, as plain data that the browser fills.

A row has a label, a note and cells; a cell is a sum of (multiple, polynomial's name), which is also what
its formula is written from: what is read is what was computed. `assets/live/sheet.js` does both.
"""

from __future__ import annotations

from typing import Unpack

from gpt2core.config import GPTConfig
from gpt2core.counting.costs import COSTS, FP32_BYTES, TRAINING
from gpt2core.counting.parameters import COUNTS, TABLE, evaluate
from gpt2core.counting.published_counts import COUNTERS, PAD_TO, PAPER, numbers_of
from gpt2core.serving.messages.fields import Polynomial
from gpt2core.serving.messages.page_data import (
    AllSheets,
    Cause,
    CostMarks,
    CostRow,
    CounterRow,
    Needs,
    Parts,
    Sheets,
)

POLYNOMIALS: dict[str, Polynomial] = {
    **COUNTERS,
    **{f"paper.{preset}": paper for preset, paper in PAPER.items()},
    **TRAINING,
    **{name: COSTS[name] for name in ("flops_per_token", "forward_flops")},
    "qkv_bias": COUNTS["tensor.transformer.h.{i}.attn.c_attn.bias"],
}


def value_of(parts: Parts, config: GPTConfig) -> int:
    """What a cell shows for `config`."""
    numbers = numbers_of(config)
    return sum(multiple * evaluate(POLYNOMIALS[name], numbers) for multiple, name in parts)


# Bytes of each number: in fp32, all in bf16 or fp16, and in mixed precision as Rajbhandari et al. 2020
# (ZeRO, section 3.1) count it: 2 + 2 + 12, the 12 being a copy of the weights and both moments in fp32.
FORMATS = ("fp32", "half", "mixed")
_COLUMN_OF = {"float32": 0, "bfloat16": 1}
_INT64_BYTES = 8


def _row(name: str, *cells: Parts | None, **marks: Unpack[CostMarks]) -> CostRow:
    return {"name": name, "cells": list(cells), **marks}


def _in_each(polynomial: str, *n_bytes: int) -> list[Parts]:
    return [[(n, polynomial)] for n in n_bytes]


def _memory() -> list[CostRow]:
    weights = _in_each("right", 4, 2, 2)
    gradients = _in_each("right", 4, 2, 2)
    adamw = _in_each("right", 8, 4, 12)
    activations: list[Parts] = [
        [*kept, (FP32_BYTES, "kept_statistics")] for kept in _in_each("kept", 4, 2, 2)
    ]
    loss: list[Parts] = [[*kept, (_INT64_BYTES, "kept_ids")] for kept in _in_each("kept_loss", 4, 2, 4)]
    cache = [*_in_each("kv_cache", 4, 2), None]
    training: list[Parts] = [
        [part for cell in column for part in cell]
        for column in zip(weights, gradients, adamw, activations, loss, strict=True)
    ]
    inference = [w + c if c else None for w, c in zip(weights, cache, strict=True)]
    return [
        _row("weights", *weights),
        _row("gradients", *gradients),
        _row("adamw", *adamw),
        _row("activations", *activations),
        _row("loss", *loss),
        _row("training", *training, total=True),
        _row("written_out", *_in_each("kept_written_out", 4, 2, 2), aside=True),
        _row("cache", *cache),
        _row("inference", *inference, total=True),
    ]


# The component whose colour a counter's difference is drawn in: where it comes from.
_CAUSES: dict[str, Cause] = {
    "right": "total", "torchinfo": "token_embedding", "nanogpt": "position_embedding",
    "raschka": "token_embedding", "no_qkv_bias": "attention", "padded": "token_embedding",
    "matrices": "token_embedding", "masks": "attention", "paper": "total",
}  # fmt: skip


def _counter(name: str, polynomial: str) -> CounterRow:
    count, difference = [(1, polynomial)], [(1, polynomial), (-1, "right")]
    return {"name": name, "cells": (count, difference), "cause": _CAUSES[name]}


def _paper(preset: str) -> CounterRow:
    return {**_counter("paper", f"paper.{preset}"), "only": preset}


_MEMORY = _memory()

# Memory in GB (10^9 bytes) as NVIDIA's data sheets name it: T4 Tensor Core GPU, GeForce RTX 3060 and RTX
# 4090 (product specifications), A100 Tensor Core GPU (PCIe and SXM), H100 SXM, H200 SXM. A laptop is any.
DEVICES: dict[str, int] = {
    "laptop": 8, "GeForce RTX 3060": 12, "T4": 16, "GeForce RTX 4090": 24, "A100, 40 GB": 40,
    "A100, 80 GB": 80, "H100": 80, "H200": 141,
}  # fmt: skip


def _needs(column: int) -> Needs:
    """What has to fit, from a column of memory."""

    def cell(name: str) -> Parts:
        return next(c for row in _MEMORY if row["name"] == name and (c := row["cells"][column]))

    # What a batch multiplies: what is kept of each sequence.
    sequence = [*cell("activations"), *cell("loss")]
    return {"inference": cell("inference"), "training": cell("training"), "sequence": sequence}


SHEETS: AllSheets = {
    "counters": {
        "rows": [
            *(_counter(name, name) for name in COUNTERS),
            *(_paper(preset) for preset in PAPER),
        ],
    },
    "memory": {"columns": FORMATS, "unit": "bytes", "rows": _MEMORY, "column_of": _COLUMN_OF},
    "flops": {
        "columns": ("amount", "against"), "unit": "flops", "column_of": {},
        "rows": [
            _row("flops_per_token", [(1, "flops_per_token")]),
            _row("forward_flops", [(1, "forward_flops")]),
            _row("step_flops", [(1, "step_flops")], total=True),
            _row("kaplan_flops", [(1, "kaplan_flops")], aside=True, against=[(1, "step_flops")]),
            _row("palm_flops", [(1, "palm_flops")], aside=True, against=[(1, "step_flops")]),
        ],
    },
    "devices": {
        "devices": DEVICES, "needs": {dtype: _needs(column) for dtype, column in _COLUMN_OF.items()},
    },
}  # fmt: skip


def page_data() -> Sheets:
    """What sheet.js and drawing.js need beside the page's other data."""
    return {
        "polynomials": POLYNOMIALS, "sheets": SHEETS, "pad_to": PAD_TO,
        "table": [
            {"name": row.name, "component": row.component, "shape": row.shape, "factor": row.factor,
             "per_block": row.per_block}
            for row in TABLE
        ],
    }  # fmt: skip
