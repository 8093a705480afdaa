"""What the lesson says of a loss before training, and of what training changes, on the real model."""

from __future__ import annotations

import copy
import math
from itertools import pairwise
from statistics import mean

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from gpt2core import PRESETS, GPTConfig, Tokenizer, build, count_parameters, generate
from gpt2core.counting.footprint import weight_bytes
from gpt2core.labs.trace import attention, stream
from gpt2core.lesson import steps
from gpt2core.model.gpt import GPT
from gpt2core.model.sampling import entropy, scaled_logits
from gpt2core.model.tokenizer import prompt_ids
from gpt2core.training.optimizer import Optimizer
from gpt2core.training.plan import Plan
from gpt2core.training.record import start_loss
from gpt2core.training.score import score
from gpt2core.training.sources.grammar import grammar
from gpt2core.training.train import train
from gpt2core.ui.page_data import TRAINABLE
from gpt2core.validation import SHAPE_FIELDS

SMALL = GPTConfig(2, 2, 64, 64, 256)
STORIES = {lang: [grammar(lang).story(7919 * n + 5) for n in range(8)] for lang in ("en", "vi")}


@pytest.fixture(scope="module")
def untrained() -> GPT:
    return build(SMALL, seed=0, device="cpu").model


@pytest.fixture(scope="module")
def trained() -> GPT:
    *_, last = train(SMALL, "stories-en", steps=100, device="cpu")
    assert last.model is not None
    return last.model


def test_the_steps_on_training_set_the_shape_that_learns_in_a_minute() -> None:
    for step in steps("en")[9:11]:
        assert GPTConfig(**{field: step.settings[field] for field in SHAPE_FIELDS}) == TRAINABLE
        assert (step.settings["source"], step.settings["weights"]) == ("stories-en", "random")
        assert (step.tab, step.at) == ("train", "train")


def test_step_11_the_loss_before_training() -> None:
    """Eight seeds, as the text says; what is expected is so of all seeds together."""
    text = "".join(STORIES["en"][:4])
    losses = [score(build(TRAINABLE, seed=n, device="cpu").model, text).loss for n in range(8)]
    expected = math.log(256) + 0.02**2 * 160 / 2
    assert start_loss(256, 160) == expected == pytest.approx(5.58, abs=0.005)
    assert 5.50 < min(losses) < 5.54
    assert 5.58 < max(losses) < 5.63
    assert mean(losses) == pytest.approx(expected, abs=0.03)
    assert start_loss(PRESETS["gpt2"].vocab_size, PRESETS["gpt2"].n_embd) == pytest.approx(10.98, abs=0.005)


def test_step_11_how_a_loss_is_read(untrained: GPT) -> None:
    said = score(untrained, STORIES["en"][0])
    assert said.perplexity == pytest.approx(math.exp(said.loss))
    assert said.bits_per_byte == pytest.approx(said.loss / math.log(2))  # a token is a byte
    assert math.log(256) == pytest.approx(5.55, abs=0.005)
    assert math.log(256) / math.log(2) == pytest.approx(8)
    assert math.log(2) == pytest.approx(0.69, abs=0.005)
    assert 0.02 * math.sqrt(128) == pytest.approx(0.23, abs=0.005)


@pytest.mark.parametrize(("lang", "floor"), [("en", 0.135), ("vi", 0.126)])
def test_step_11_the_floor_is_the_grammars_entropy(lang: str, floor: float) -> None:
    assert grammar(lang).entropy / grammar(lang).mean_bytes == pytest.approx(floor, abs=5e-4)


def test_step_12_no_count_changes(untrained: GPT, trained: GPT) -> None:
    shapes = [{n: tuple(p.shape) for n, p in m.named_parameters()} for m in (untrained, trained)]
    assert shapes[0] == shapes[1]
    assert sum(p.numel() for p in trained.parameters()) == count_parameters(SMALL).unique_total
    assert sum(p.nbytes for p in trained.parameters()) == weight_bytes(SMALL)

    def flops(model: GPT) -> int:
        with FlopCounterMode(display=False) as counter:
            model.to("meta")(torch.zeros(1, SMALL.block_size, dtype=torch.long, device="meta"))
        return int(counter.get_total_flops())

    assert flops(copy.deepcopy(untrained)) == flops(copy.deepcopy(trained)) > 0
    assert count_parameters(TRAINABLE).unique_total == 1_010_080


def test_step_12_the_optimizer_keeps_two_averages_for_each_weight() -> None:
    model = build(SMALL, device="cpu").model.requires_grad_(True)
    with torch.inference_mode(False), torch.enable_grad():
        model = copy.deepcopy(model)
        model(torch.zeros(1, 4, dtype=torch.long)).sum().backward()
    optimizer = Optimizer(model, Plan(1, 1, 1e-3))
    optimizer.step(0)
    kept = [t.numel() for name, t in optimizer.state().items() if not name.startswith("step/")]
    assert sum(kept) == 2 * count_parameters(SMALL).unique_total


def test_step_12_weights_spread_and_leave_their_start(untrained: GPT, trained: GPT) -> None:
    assert float(untrained.wte.weight.detach().std()) == pytest.approx(0.02, rel=0.05)
    assert float(trained.wte.weight.detach().std()) > 0.05
    for before, after in zip(untrained.parameters(), trained.parameters(), strict=True):
        if before.dim() == 1:  # biases and LayerNorms
            assert float(before.detach().std(correction=0)) == 0 < float(after.detach().std(correction=0))


def test_step_12_attention_and_the_stream(untrained: GPT, trained: GPT) -> None:
    ids = torch.tensor([Tokenizer(256).encode(STORIES["en"][0])[:64]])

    def favourite(model: GPT) -> float:
        """What the last token gives to one token, in the head that has the clearest favourite."""
        return max(max(head[-1]) for layer in (1, 2) for head in attention(model, ids, layer))

    assert favourite(untrained) < 1.5 / 64
    assert favourite(trained) > 2.5 / 64
    assert stream(trained, ids)[-1] > 4 * stream(untrained, ids)[-1]


def test_step_12_tied_repeats_vanish(untrained: GPT, trained: GPT) -> None:
    def repeats(model: GPT, prompt: str) -> float:
        said = [step.token_id for step in generate(model, prompt_ids(prompt, SMALL), 40, 0)]
        return sum(a == b for a, b in pairwise(said)) / (len(said) - 1)

    for prompt in ("", "One", "Hello"):
        assert repeats(untrained, prompt) > 0.9
        assert repeats(trained, prompt) < 0.4


@torch.no_grad()
def test_step_12_ordinary_temperatures_matter(untrained: GPT, trained: GPT) -> None:
    ids = torch.tensor([prompt_ids(STORIES["en"][0], SMALL)[:64]])

    def undecided(model: GPT, temperature: float) -> float:
        return float(entropy(scaled_logits(model(ids)[0], temperature)).mean())

    at = {t: (undecided(untrained, t), undecided(trained, t)) for t in (0.5, 1, 2)}
    assert at[1][0] > math.log(256) - 0.1 > math.log(256) - 2 > at[1][1]
    assert at[2][0] - at[0.5][0] < 0.2 < 2 < at[2][1] - at[0.5][1]


def test_step_12_the_model_knows_its_source_alone(untrained: GPT, trained: GPT) -> None:
    def loss(model: GPT, lang: str) -> float:
        return mean(score(model, story[:60]).loss for story in STORIES[lang])

    assert loss(trained, "en") < loss(untrained, "en") - 2
    assert loss(trained, "vi") > loss(untrained, "vi")
