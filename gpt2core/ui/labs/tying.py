"""Lab 'tying': whether two matrices are one."""

from __future__ import annotations

from gpt2core.i18n import file_size, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import TyingResult
from gpt2core.ui.components import blocks


def present(found: TyingResult, lang: str) -> list[Block]:
    shown: list[Block] = []
    for name, pair in (("tied", found["tied"]), ("untied", found["untied"])):
        same = pair["wte_address"] == pair["lm_head_address"]
        followed = pair["after"] == pair["written"]
        shown += [
            blocks.heading(t(f"lab.{name}", lang)),
            blocks.table(
                [t("lab.tensor", lang), t("lab.address", lang)],
                [["wte.weight", pair["wte_address"]], ["lm_head.weight", pair["lm_head_address"]]],
            ),
            blocks.code(
                f"wte.weight[0, 0] = {pair['written']}\n"
                f"lm_head.weight[0, 0]  # {pair['before']:.6f} → {pair['after']:.6f}"
            ),
            blocks.paragraph(t(f"lab.{'one' if same and followed else 'two'}_matrix", lang,
                               size=file_size(pair["matrix_bytes"], lang))),
        ]  # fmt: skip
    return [*shown, blocks.paragraph(t("lab.tying_note", lang), "hint")]
