"""What a visitor of the running app gets, through its public API, against transformers, CTranslate2 and the
engine alone, measured in one run.

    .venv/bin/python tests/benchmarks/visitor.py [--rounds 5]
        [--only build,fresh,decode,busy,formats,class,start,memory]

GPT-2 Small's shape in fp32 on the CPU, with weights that nobody has asked for before. The peers are
resident, warm processes, and take turns with the app in every round; the load generator runs on the same
cores. Medians are shown, with the least and the most.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]
sys.path.append(str(Path(__file__).parents[1] / "load"))

from benchmarks import busy_host, machine, number_formats, one_visitor, whole_class
from benchmarks.table import print_head

PARTS = {
    "build": one_visitor.build, "fresh": one_visitor.fresh, "decode": one_visitor.decode,
    "busy": busy_host.busy, "formats": number_formats.formats,
    "class": whole_class.a_class, "start": whole_class.start, "memory": one_visitor.memory,
}  # fmt: skip


def parts(names: str) -> list[str]:
    wanted = names.split(",")
    if unknown := set(wanted) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(PARTS)}")
    return wanted


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=parts, default=[*PARTS])
    arguments = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    print(f"{machine.name()}; {arguments.rounds} rounds\n")
    print_head("GPT-2 Small, fp32, through the running app")
    shares = []
    for name in arguments.only:
        others = machine.Others()
        asyncio.run(PARTS[name](arguments.rounds))
        shares.append(f"{name} {others.share():.0%}")
    print(f"\nOthers had of the machine meanwhile: {', '.join(shares)}.")


if __name__ == "__main__":
    main()
