"""Three ways to count one model, and that a slip in any of them is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
import torchinfo
from shapes import TINY

from gpt2core import BuiltModel, build, count_parameters
from gpt2core.counting.reconcile import printed_total, reconcile, torchinfo_table


def test_the_three_counts_agree(tiny: BuiltModel) -> None:
    r = reconcile(tiny)
    assert r.agrees
    assert r.closed_form == r.measured == r.corrected == count_parameters(TINY).unique_total
    assert r.torchinfo_total == count_parameters(TINY).per_module_total
    assert "c_attn" in r.table
    assert "mult-adds" not in r.table


def test_a_parameter_too_many_is_noticed() -> None:
    built = build(TINY, device="cpu")
    built.model.extra = torch.nn.Parameter(torch.zeros(1))
    assert not reconcile(built).agrees


def test_a_tampered_torchinfo_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tampered:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.real = real(*args, **kwargs)

        def __str__(self) -> str:
            total = f"{self.real.total_params:,}"
            return str(self.real).replace(f"Total params: {total}", f"Total params: {total[:-1]}9")

    real = torchinfo.summary
    monkeypatch.setattr(torchinfo, "summary", Tampered)
    of_its_own = replace(TINY, n_layer=1, vocab_size=77)  # tables are kept, and no other test has this one
    assert not reconcile(build(of_its_own, device="cpu")).agrees


def test_the_total_is_read_from_what_is_printed() -> None:
    assert printed_total("a\nTotal params: 1,234,567\nTrainable params: 3\n") == 1_234_567


def test_the_table_is_that_of_the_built_model_itself(tiny: BuiltModel) -> None:
    """The table is made on the meta device; on the built model torchinfo prints the same."""
    idx = torch.zeros(1, TINY.block_size, dtype=torch.long)
    on_built = torchinfo.summary(
        tiny.model, input_data=idx, depth=5, verbose=0,
        col_names=("output_size", "num_params"), row_settings=("var_names",),
    )  # fmt: skip
    lines = [line for line in str(on_built).splitlines() if "─" in line]
    # requires_grad is off in the built model, which torchinfo marks with brackets
    strip = str.maketrans("", "", "() ")
    ours = [line for line in torchinfo_table(TINY).splitlines() if "─" in line]
    assert [a.translate(strip) for a in lines] == [b.translate(strip) for b in ours]
