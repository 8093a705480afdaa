"""Tab 'Hardware': what memory and devices say: tying, the fused QKV matrix, one device for everything."""

from __future__ import annotations

from gpt2core.i18n import file_size, number, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import DevicesResult, LabResult, QKVResult, TyingResult
from gpt2core.ui.components import blocks, lab
from gpt2core.ui.components.lab import Lab

_ROUNDING = 1e-4  # of outputs that are about 1 in size


def lay_out(lang: str) -> list[Lab]:
    return [lab.lay_out(name, lang, present) for name in ("tying", "qkv", "devices")]


def present(found: LabResult, lang: str) -> list[Block]:
    """What a lab of this tab has found."""
    if found["lab"] == "tying":
        return tying(found, lang)
    if found["lab"] == "qkv":
        return qkv(found, lang)
    assert found["lab"] == "devices"
    return devices(found, lang)


def tying(found: TyingResult, lang: str) -> list[Block]:
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


def qkv(found: QKVResult, lang: str) -> list[Block]:
    rows = found["rows"]
    head = [
        t(f"lab.{name}", lang) for name in ("tokens_at_once", "fused", "separate", "ratio", "difference")
    ]
    milliseconds = [
        [number(row["n_tokens"], lang), _ms(row["fused"], lang), _ms(row["separate"], lang),
         number(row["separate"] / row["fused"], lang, 2), _tiny(row["difference"])]
        for row in rows
    ]  # fmt: skip
    best = max(rows, key=lambda row: row["separate"] / row["fused"])
    worst = max(row["difference"] for row in rows)
    verdict = "same" if worst == 0 else "equal" if worst < _rounding(found) else "unequal"
    return [
        blocks.table(head, milliseconds),
        blocks.paragraph(t(f"lab.qkv_{verdict}", lang, difference=_tiny(worst)),
                         "verdict bad" if verdict == "unequal" else "verdict good"),
        blocks.paragraph(t("lab.qkv_says", lang, tokens=best["n_tokens"],
                           ratio=best["separate"] / best["fused"])),
    ]  # fmt: skip


def _rounding(found: QKVResult) -> float:
    """How far outputs may differ that are only rounded otherwise. bfloat16 has 8 binary digits, and the
    largest outputs are about five times their spread of 0.02 * sqrt(n_embd)."""
    return _ROUNDING if found["dtype"] == "float32" else 2.0**-7 * 5 * 0.02 * found["n_embd"] ** 0.5


def _tiny(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def _ms(seconds: float, lang: str) -> str:
    return f"{number(seconds * 1e3, lang, 3)} ms"


def devices(found: DevicesResult, lang: str) -> list[Block]:
    where = [[name, number(count, lang)] for name, count in found["tensors"].items()]
    times = [
        [each["device"], each["dtype"], f"{number(each['build_seconds'], lang, 2)} s",
         number(each["tokens_per_second"], lang, 1), file_size(each["free_before"], lang),
         file_size(each["free_after"], lang)]
        for each in found["times"]
    ]  # fmt: skip
    head = ("device", "dtype", "build_time", "tokens_per_second", "free_before", "free_after")
    return [
        blocks.heading(t("lab.where_title", lang)),
        blocks.table([t("lab.device", lang), t("lab.count", lang)], where),
        blocks.heading(t("lab.break_title", lang)),
        blocks.code(found["broken"]),
        blocks.code(found["error"], "bad"),
        blocks.paragraph(t("lab.mend", lang)),
        blocks.code(found["mended"], "" if found["after"] else "good"),
        blocks.paragraph(
            t("lab.on_a_real_gpu" if found["real_gpu"] else "lab.on_fake_tensors", lang), "hint"
        ),
        blocks.heading(t("lab.times_title", lang)),
        blocks.table([t(f"lab.{name}", lang) for name in head], times),
    ]
