"""The lesson says nothing that isn't so, and says the same in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from gpt2core import PRESETS, GPTConfig, Tokenizer, build, generate
from gpt2core.charts.base import quantities
from gpt2core.i18n import ASSETS, LANGUAGES, file_size
from gpt2core.lesson import read, steps
from gpt2core.model.gpt import GPT, init_std
from gpt2core.model.sampling import entropy, scaled_logits
from gpt2core.validation import TABS

FILES = {lang: sorted((ASSETS / "lesson" / lang).glob("*.md")) for lang in LANGUAGES}
TEXTS = {lang: [path.read_text(encoding="utf-8") for path in paths] for lang, paths in FILES.items()}
GROUP, POINT = {"en": ",", "vi": "."}, {"en": ".", "vi": ","}
SMALL = GPTConfig()


def known_counts() -> set[int]:
    """All that the page itself would count for a preset, its doubles, and it untied."""
    known = {SMALL.vocab_size}
    for config in PRESETS.values():
        double: list[dict[str, Any]] = [
            {f: 2 * getattr(config, f)} for f in ("n_layer", "n_embd", "block_size")
        ]
        plain, deeper, *_ = counted = [
            quantities(replace(config, **change)) for change in ({}, *double, {"tie_weights": False})
        ]
        known |= {value for q in counted for value in q.values()}
        known |= {
            (deeper["unique_total"] - plain["unique_total"]) // config.n_layer,  # one block
            plain["unique_total"] - plain["component.token_embedding"],
            2 * config.vocab_size * config.n_embd,  # lm_head's FLOPs for a token
        }
    return known


def test_both_languages_have_the_same_steps() -> None:
    assert [p.name for p in FILES["en"]] == [p.name for p in FILES["vi"]]
    assert 8 <= len(steps("en")) <= 10
    for english, vietnamese in zip(steps("en"), steps("vi"), strict=True):
        for same in ("settings", "tab", "right"):
            assert getattr(english, same) == getattr(vietnamese, same), english.title
        assert len(english.choices) == len(vietnamese.choices) in (3, 4)
        for differs in ("title", "look", "intro", "question", "do", "explain"):
            assert getattr(english, differs).strip() != getattr(vietnamese, differs).strip() != ""
        assert english.tab in TABS
        marks = r'data-(?:of|over|at)="[^"]+"'
        assert sorted(re.findall(marks, english.explain)) == sorted(re.findall(marks, vietnamese.explain))


def plain_numbers(text: str, lang: str) -> list[str]:
    """Every number in a text, as Python writes it; names and code have none."""
    nameless = r"(?im)```[\s\S]*?```|`[^`]*`|\]\([^)]*\)|gpt-?2|1\.8\.0|^set: .*$"
    text = re.sub(nameless, " ", text)
    found = re.findall(r"\d+(?:[.,]\d+)*", text)
    return [n.replace(GROUP[lang], "").replace(POINT[lang], ".") for n in found]


@pytest.mark.parametrize("n", range(len(FILES["en"])))
def test_a_step_has_the_same_numbers_in_both_languages(n: int) -> None:
    english, vietnamese = (plain_numbers(TEXTS[lang][n], lang) for lang in LANGUAGES)
    assert sorted(english) == sorted(vietnamese)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_large_number_is_a_count_of_a_preset(lang: str) -> None:
    pattern = rf"(?<![\d.,])\d{{1,3}}(?:\{GROUP[lang]}\d{{3}})+(?!\d)"
    found = {int(n.replace(GROUP[lang], "")) for text in TEXTS[lang] for n in re.findall(pattern, text)}
    large = {n for n in found if n >= 10_000}
    assert {124_439_808, 163_037_184, 38_597_376, 56_669_184} <= large
    assert large - known_counts() == set()
    sizes = {n for text in TEXTS[lang] for n in re.findall(r"[\d.,]+ [kMG]B", text)}
    assert len(sizes) > 3
    assert sizes <= {file_size(factor * n, lang) for n in known_counts() for factor in (1, 4)}


def test_the_lesson_is_safe_inside_gradios_templates() -> None:
    for step in (*steps("en"), *steps("vi")):
        choices = (c.label + c.reply for c in step.choices)
        texts = step.title, step.look, step.intro, step.question, *choices, step.do, step.explain
        assert not re.search(r"\$\{|\{\{|\}\}|`|\\|<script", " ".join(texts))


@pytest.mark.parametrize(
    ("good", "bad"),
    [("=n_head", "=no_such_count"), ("tab: parameters", "tab: kitchen"), ("right: 3", "right: 9"),
     ("n_head=24", "n_head=25"), ("## do", "## doing"), ("**heads**", "`@no.such_text`")],
)  # fmt: skip
def test_a_slip_in_a_file_is_an_error(tmp_path: Path, good: str, bad: str) -> None:
    text = TEXTS["en"][2]
    assert good in text
    path = tmp_path / "en" / "03.md"
    path.parent.mkdir()
    path.write_text(text.replace(good, bad), encoding="utf-8")
    with pytest.raises((ValueError, KeyError), match=r".+"):
        read(path)


# ---- what the steps claim --------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> GPT:
    return build(SMALL, seed=0, device="cpu").model


@torch.no_grad()
def test_step_7_entropies_of_an_untrained_small(small: GPT) -> None:
    logits = small(torch.tensor([Tokenizer().encode("Once upon a time")]))[0, -1]
    at = {t: float(entropy(scaled_logits(logits, t))) for t in (1, 0.5, 0.3, 0.1)}
    assert 10.6 < at[1] < 10.75
    assert 10.1 < at[0.5] < 10.3
    assert 8.8 < at[0.3] < 9.4
    assert 2 < at[0.1] < 4.5
    assert 0.53 < float(logits.std()) < 0.58


@torch.no_grad()
def test_step_7_a_tied_token_lifts_its_own_logit(small: GPT) -> None:
    tokens = torch.randint(SMALL.vocab_size, (48, 1), generator=torch.Generator().manual_seed(1))

    def lift(model: GPT) -> float:
        logits = model(tokens)[:, -1]
        return float(((logits.gather(1, tokens)[:, 0] - logits.mean(-1)) / logits.std(-1)).mean())

    assert 1.5 < lift(small) < 2.2
    assert abs(lift(build(replace(SMALL, tie_weights=False), seed=0, device="cpu").model)) < 0.5


def test_step_7_greedy_gets_stuck_when_tied() -> None:
    def repeats(tied: bool, seed: int) -> float:
        config = GPTConfig(2, 2, 64, 64, 1000, tie_weights=tied)
        model = build(config, seed=seed, device="cpu").model
        said = [step.token_id for step in generate(model, [1, 2, 3], max_new_tokens=40, temperature=0)]
        return sum(a == b for a, b in pairwise(said)) / (len(said) - 1)

    tied, untied = ([repeats(tied, seed) for seed in range(20)] for tied in (True, False))
    assert sum(tied) / 20 > 0.8
    assert sum(untied) / 20 < 0.3


@torch.no_grad()
def test_step_5_the_scaled_start_keeps_the_stream_from_growing_with_depth() -> None:
    def last_length(n_layer: int, scaled: bool) -> float:
        config = GPTConfig(n_layer, 6, 192, 128, 5000)
        model = build(config, seed=0, device="cpu").model
        for name, p in model.named_parameters():
            if not scaled and name.endswith("c_proj.weight"):
                p.mul_(0.02 / init_std(name, config))
        idx = torch.randint(5000, (1, 64), generator=torch.Generator().manual_seed(1))
        return float(model.transform(model.embed(idx)).norm(dim=-1).mean())

    assert all(0.85 < last_length(n, True) < 1.05 for n in (6, 24, 48))
    assert 3.1 < last_length(6, False) < 3.3
    assert 6.5 < last_length(24, False) < 7.0  # the lab's prompt gives 6.9, this one 6.6


@torch.no_grad()
def test_step_4_one_fused_matrix_is_three_separate_ones() -> None:
    attention = build(PRESETS["gpt-mini"], seed=0, device="cpu").model.blocks[0].attn
    x = torch.randn(2, 16, 192, generator=torch.Generator().manual_seed(0))
    fused = attention.c_attn(x).split(192, dim=2)
    weights, biases = attention.c_attn.weight.chunk(3), attention.c_attn.bias.chunk(3)
    for part, weight, bias in zip(fused, weights, biases, strict=True):
        torch.testing.assert_close(part, torch.nn.functional.linear(x, weight, bias))
    assert attention.c_attn.weight.numel() == sum(w.numel() for w in weights)


def test_step_8_a_plain_arange_is_on_the_cpu_and_the_mended_one_where_the_ids_are() -> None:
    with torch.device("meta"):
        model = GPT(PRESETS["gpt-nano"])
        idx = torch.zeros(1, 3, dtype=torch.long)
    seen: list[str] = []
    model.wpe.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].device.type))
    model.embed(idx)
    assert torch.arange(3).device.type == "cpu"
    assert seen == ["meta"]
