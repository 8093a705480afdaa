"""THE table of GPT-2's tensors, and every count that follows from it.

A tensor's size is a product of config fields, so a count is a sum of such products
(`Polynomial`). Python evaluates them here; the browser gets the same polynomials as JSON
and evaluates them while a slider moves. One table, two evaluators, no third.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gpt2core.config import DTYPE_BYTES, GPTConfig
from gpt2core.serving.messages.fields import Component, Dim, Factor, Polynomial

COMPONENTS: tuple[Component, ...] = (
    "token_embedding", "position_embedding", "attention", "mlp", "layer_norm", "lm_head",
)  # fmt: skip


@dataclass(frozen=True)
class TensorRow:
    """One line of the table: a tensor, or one tensor of every block.

    `name` has `{i}` for the block's number where there is one of it in each block. `factor`
    is the 0/1 factor that switches it off: `bias`, or `untied` for the output matrix that a
    tied model shares with wte.
    """

    name: str
    component: Component
    shape: tuple[Dim, ...]
    factor: Literal["bias", "untied"] | None = None

    @property
    def per_block(self) -> bool:
        return "{i}" in self.name

    def size(self, *, per_module: bool = False) -> Polynomial:
        """How many numbers it holds in the whole model. `per_module` counts a shared tensor
        again in each module that uses it, as torchinfo 1.8.0 does."""
        coefficient = math.prod(multiple for multiple, _ in self.shape)
        factors: list[Factor] = [field for _, field in self.shape]
        if self.per_block:
            factors.append("n_layer")
        if self.factor and not (per_module and self.factor == "untied"):
            factors.append(self.factor)
        return ((coefficient, tuple(factors)),)


E: Dim = (1, "n_embd")
V: Dim = (1, "vocab_size")
T: Dim = (1, "block_size")
E3: Dim = (3, "n_embd")
E4: Dim = (4, "n_embd")

# Names and order are those of GPT-2's checkpoints; shapes are nn.Linear's (out, in).
TABLE: tuple[TensorRow, ...] = (
    TensorRow("transformer.wte.weight", "token_embedding", (V, E)),
    TensorRow("transformer.wpe.weight", "position_embedding", (T, E)),
    TensorRow("transformer.h.{i}.ln_1.weight", "layer_norm", (E,)),
    TensorRow("transformer.h.{i}.ln_1.bias", "layer_norm", (E,), "bias"),
    TensorRow("transformer.h.{i}.attn.c_attn.weight", "attention", (E3, E)),
    TensorRow("transformer.h.{i}.attn.c_attn.bias", "attention", (E3,), "bias"),
    TensorRow("transformer.h.{i}.attn.c_proj.weight", "attention", (E, E)),
    TensorRow("transformer.h.{i}.attn.c_proj.bias", "attention", (E,), "bias"),
    TensorRow("transformer.h.{i}.ln_2.weight", "layer_norm", (E,)),
    TensorRow("transformer.h.{i}.ln_2.bias", "layer_norm", (E,), "bias"),
    TensorRow("transformer.h.{i}.mlp.c_fc.weight", "mlp", (E4, E)),
    TensorRow("transformer.h.{i}.mlp.c_fc.bias", "mlp", (E4,), "bias"),
    TensorRow("transformer.h.{i}.mlp.c_proj.weight", "mlp", (E, E4)),
    TensorRow("transformer.h.{i}.mlp.c_proj.bias", "mlp", (E,), "bias"),
    TensorRow("transformer.ln_f.weight", "layer_norm", (E,)),
    TensorRow("transformer.ln_f.bias", "layer_norm", (E,), "bias"),
    TensorRow("lm_head.weight", "lm_head", (V, E), "untied"),
)


def fields_of(config: GPTConfig, dtype_bytes: int = DTYPE_BYTES["float32"]) -> dict[str, int]:
    """The numbers a polynomial may multiply: the config's fields, the 0/1 switches, and the bytes of a
    number."""
    return {
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "n_embd": config.n_embd,
        "block_size": config.block_size,
        "vocab_size": config.vocab_size,
        "bias": int(config.bias),
        "tied": int(config.tie_weights),
        "untied": int(not config.tie_weights),
        "dtype_bytes": dtype_bytes,
    }


def evaluate(polynomial: Polynomial, numbers: Mapping[str, int]) -> int:
    """The sum of the products. assets/live/store.js has the other evaluator."""
    total = 0
    for coefficient, factors in polynomial:
        for factor in factors:
            coefficient *= numbers[factor]
        total += coefficient
    return total


def _component(component: Component, *, per_module: bool = False) -> Polynomial:
    rows = (row for row in TABLE if row.component == component)
    return sum((row.size(per_module=per_module) for row in rows), ())


# Every count by name: `tensor.<name>`, `component.<name>` (each number once), `module.<name>`
# (each module's own, a tied matrix twice) and the totals.
COUNTS: dict[str, Polynomial] = {
    **{f"tensor.{row.name}": row.size() for row in TABLE},
    **{f"component.{name}": _component(name) for name in COMPONENTS},
    **{f"module.{name}": _component(name, per_module=True) for name in COMPONENTS},
    "unique_total": sum((_component(name) for name in COMPONENTS), ()),
    "per_module_total": sum((_component(name, per_module=True) for name in COMPONENTS), ()),
    # What a tied matrix adds to a count by module: lm_head.weight is wte.weight.
    "tying_correction": ((1, ("vocab_size", "n_embd", "tied")),),
}


@dataclass(frozen=True)
class ParameterCount:
    """Counts of one config; see the fields' comments for who would print which."""

    unique_total: int  # sum(p.numel() for p in model.parameters())
    per_module_total: int  # torchinfo 1.8.0's "Total params"
    tying_correction: int  # the difference: vocab_size * n_embd if tied, else 0
    components: dict[str, int]  # by COMPONENTS; sums to unique_total


def count_parameters(config: GPTConfig) -> ParameterCount:
    """Counts `config` from the table, without building anything."""
    numbers = fields_of(config)
    return ParameterCount(
        unique_total=evaluate(COUNTS["unique_total"], numbers),
        per_module_total=evaluate(COUNTS["per_module_total"], numbers),
        tying_correction=evaluate(COUNTS["tying_correction"], numbers),
        components={c: evaluate(COUNTS[f"component.{c}"], numbers) for c in COMPONENTS},
    )


def tensor_shapes(config: GPTConfig) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every parameter, in checkpoint order, a shared one once."""
    numbers = fields_of(config)

    def shape(row: TensorRow) -> tuple[int, ...]:
        return tuple(multiple * numbers[field] for multiple, field in row.shape)

    rows = [row for row in TABLE if row.factor is None or numbers[row.factor]]
    first_block = next(n for n, row in enumerate(rows) if row.per_block)
    block = [row for row in rows if row.per_block]
    before, after = rows[:first_block], rows[first_block + len(block) :]
    return (
        {row.name: shape(row) for row in before}
        | {row.name.format(i=i): shape(row) for i in range(config.n_layer) for row in block}
        | {row.name: shape(row) for row in after}
    )
