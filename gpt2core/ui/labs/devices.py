"""Lab 'devices': one device for everything, and what PyTorch says otherwise."""

from __future__ import annotations

from gpt2core.i18n import file_size, number, t
from gpt2core.serving.messages.blocks import Block
from gpt2core.serving.messages.lab_results import DevicesResult
from gpt2core.ui.components import blocks


def present(found: DevicesResult, lang: str) -> list[Block]:
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
