"""Writes what the tests of assets/live are held to, as Python computes it, into tests/js/fixtures: the data
of the page as it is served, counts of many shapes, filled figures, filled texts and entropies.

`tests/run` does so before `node --test`; nothing here is committed.
"""

from __future__ import annotations

import json
import random
import string
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch

from gpt2core.charts.base import fill, quantities
from gpt2core.charts.parameters import CHARTS
from gpt2core.config import DTYPE_BYTES, PRESETS, TOKENIZER_VOCAB, GPTConfig
from gpt2core.counting.parameters import evaluate
from gpt2core.counting.published_counts import numbers_of
from gpt2core.counting.tables import POLYNOMIALS
from gpt2core.i18n import LANGUAGES, texts
from gpt2core.labs.next_token import next_logits
from gpt2core.ui.server import static_files

FIXTURES = Path(__file__).parent / "fixtures"
TEMPERATURES = (0.01, 0.1, 0.5, 1.0, 3.0, 100.0)
# The smallest, primes, no multiples of anything, everything off, and as large as the page allows.
ODD = (
    GPTConfig(1, 1, 1, 1, 1), GPTConfig(7, 13, 13 * 11, 37, 50_021), GPTConfig(128, 1, 64, 3, 64),
    GPTConfig(5, 5, 65, 1023, 1001, False, False), GPTConfig(12, 12, 768, bias=False),
    GPTConfig(12, 12, 768, tie_weights=False), GPTConfig(128, 128, 16_384, 65_536, 1_000_000),
    GPTConfig(127, 127, 127 * 129, 65_535, 999_999, False, False),
)  # fmt: skip


def shapes() -> list[GPTConfig]:
    draw = random.Random(8)
    drawn = []
    for _ in range(60):
        n_head = draw.randint(1, 40)
        drawn.append(
            GPTConfig(
                draw.randint(1, 128), n_head, n_head * draw.randint(1, 128), draw.randint(1, 65_536),
                draw.randint(1, 1_000_000), draw.random() < 0.5, draw.random() < 0.5,
            )
        )  # fmt: skip
    return [*PRESETS.values(), *ODD, *drawn]


def exact(values: dict[str, int]) -> dict[str, str]:
    """JSON in a browser has no whole numbers beyond 2^53."""
    return {name: str(value) for name, value in values.items()}


def counts() -> list[dict[str, object]]:
    """Every count of a shape in each number format, and every polynomial of the sheets."""
    return [
        {
            "shape": asdict(config) | {"dtype": dtype},
            "quantities": exact(quantities(config, dtype)),
            "sheets": exact({name: evaluate(p, numbers_of(config)) for name, p in POLYNOMIALS.items()}),
        }
        for config in shapes()
        for dtype in DTYPE_BYTES
    ]


def figures() -> list[dict[str, object]]:
    """The charts that follow the sliders, filled for some shapes."""
    return [
        {
            "lang": lang,
            "kind": kind,
            "shape": asdict(config),
            "figure": fill(make(lang), quantities(config)),
        }
        for config in (PRESETS["gpt2"], PRESETS["gpt-nano"], *ODD[:6])
        for lang in LANGUAGES
        for kind, make in CHARTS.items()
        if kind != "distribution"
    ]


def filled() -> list[dict[str, object]]:
    """Every text whose holes have names only, filled with what would break a careless replacement."""
    found: list[dict[str, object]] = []
    for lang in LANGUAGES:
        for key, template in texts(lang).items():
            holes = [(name, spec) for _, name, spec, _ in string.Formatter().parse(template) if name]
            if not holes or any(spec for _, spec in holes):
                continue
            values = {name: f"$&{name}{{n}}" for name, _ in holes}
            found.append({"lang": lang, "key": key, "fill": values, "text": template.format_map(values)})
    return found


def entropies() -> list[dict[str, object]]:
    """What the logits lab sends of the next token's logits, and the entropies that all of them have."""
    found: list[dict[str, object]] = []
    for n, std in ((TOKENIZER_VOCAB, 0.555), (1000, 2.0), (100, 0.0), (1, 1.0)):
        logits = torch.randn(n, generator=torch.Generator().manual_seed(n)) * std
        exactly = {}
        for temperature in TEMPERATURES:
            p = torch.softmax(logits.double() / temperature, -1)
            exactly[str(temperature)] = float(torch.special.entr(p).sum())
        found.append({"next": next_logits(logits), "entropies": exactly})
    return found


def main() -> None:
    FIXTURES.mkdir(exist_ok=True)
    for lang in LANGUAGES:
        (FIXTURES / f"page-{lang}.js").write_bytes(static_files.files()[f"page-{lang}.js"])
    for make in (counts, figures, filled, entropies):
        text = json.dumps(make(), ensure_ascii=False)
        (FIXTURES / f"{make.__name__}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
