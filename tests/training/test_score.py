"""How well a model predicts a text, against transformers and by hand."""

from __future__ import annotations

import dataclasses
import math
from itertools import accumulate
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from shapes import TINY
from torch.profiler import ProfilerActivity, profile
from transformers import GPT2LMHeadModel

from gpt2core import ConfigError, GPTConfig, Tokenizer, build, score
from gpt2core.i18n import LANGUAGES
from gpt2core.model.checkpoint import save_checkpoint
from gpt2core.model.gpt import GPT
from gpt2core.training import score as scoring
from gpt2core.training.score import score_bytes, score_in_steps
from gpt2core.ui.error_messages import sentence

TEXT = "Once upon a time there was a model that had learnt nothing at all."
# Each token of the smallest vocabulary is a byte, so that most of these characters take two or three.
VIETNAMESE = "Xin chào các bạn! 🤗"


@pytest.fixture(scope="module")
def model() -> GPT:
    made = build(TINY, device="cpu").model
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(8)  # else all tokens are alike
    return made


def test_the_loss_is_transformers(model: GPT, tmp_path: Path) -> None:
    save_checkpoint(model, tmp_path)
    theirs = GPT2LMHeadModel.from_pretrained(tmp_path).eval()
    found = score(model, TEXT[:40])
    ids = torch.tensor([found.tokens])
    assert 10 < ids.size(1) <= TINY.block_size
    with torch.no_grad():
        loss = theirs(ids, labels=ids).loss.item()
    assert found.loss == pytest.approx(loss, abs=1e-4)
    assert found.perplexity == pytest.approx(math.exp(loss), rel=1e-4)
    assert len(found.surprisals) == len(found.tokens) - 1


def by_hand(model: GPT, ids: list[int]) -> list[float]:
    """Windows that share their ends, each in one go."""
    T, found = model.config.block_size, []
    for start in range(0, len(ids) - 1, T):
        window = torch.tensor(ids[start : start + T + 1])
        with torch.no_grad():
            found += F.cross_entropy(model(window[None, :-1])[0], window[1:], reduction="none").tolist()
    return found


@pytest.mark.parametrize("n_tokens", [2, 48, 49, 50, 96, 97, 98, 200])
def test_a_long_text_goes_in_windows_that_share_their_ends(model: GPT, n_tokens: int) -> None:
    text = "".join(chr(97 + (n * n) % 26) + " " for n in range(300))
    ids = Tokenizer(TINY.vocab_size).encode(text)[:n_tokens]
    found = score(model, Tokenizer(TINY.vocab_size).decode(ids))
    assert list(found.tokens) == ids
    assert found.surprisals == pytest.approx(by_hand(model, ids), abs=1e-4)


def test_a_context_of_one_is_enough() -> None:
    model = build(GPTConfig(1, 1, 16, 1, 256), device="cpu").model
    found = score(model, "abc")
    assert found.surprisals == pytest.approx(by_hand(model, list(found.tokens)), abs=1e-5)


def sure_of_the_next(logit: float) -> GPT:
    """Byte b gets `logit` after byte b - 1, all others 0: no blocks, positions that say nothing, one-hot
    embeddings, and an unembedding that is theirs moved on by one."""
    config = GPTConfig(1, 1, 256, 8, 256, tie_weights=False)
    model = build(config, device="cpu").model
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.fill_(1.0 if ".ln_" in name and name.endswith("weight") else 0.0)
        model.wte.weight.copy_(torch.eye(256))
        high, low = F.layer_norm(torch.eye(256)[0], (256,))[:2].tolist()
        model.lm_head.weight.copy_(torch.eye(256).roll(1, 0) * logit / (high - low))
    return model


def test_accuracy_and_surprise_of_a_model_made_by_hand() -> None:
    text = "abcdexyz!"  # bytes, of which all follow the one before but 'x' and '!'
    found = score(sure_of_the_next(5.0), text)
    assert found.accuracy == 6 / 8
    p = math.exp(5) / (math.exp(5) + 255)
    right, wrong = -math.log(p), -math.log((1 - p) / 255)
    assert found.surprisals == pytest.approx([right] * 4 + [wrong] + [right] * 2 + [wrong], abs=1e-4)
    assert found.perplexity == pytest.approx(math.exp(sum(found.surprisals) / 8))
    assert found.bits_per_byte == pytest.approx(sum(found.surprisals) / 8 / math.log(2))


def test_surprise_without_end_is_infinite_and_no_error() -> None:
    assert score(sure_of_the_next(1e5), "ba").perplexity == math.inf


@pytest.mark.parametrize("vocab_size", [256, 300, 1000, 50_257])
def test_bits_are_by_the_byte_and_pieces_by_the_character(vocab_size: int) -> None:
    model = build(GPTConfig(1, 1, 16, 64, vocab_size), device="cpu").model
    found = score(model, VIETNAMESE)
    first = Tokenizer(vocab_size).bytes_of([found.tokens[0]])
    assert found.n_bytes == len(VIETNAMESE.encode()) - len(first)
    assert found.bits_per_byte == pytest.approx(sum(found.surprisals) / found.n_bytes / math.log(2))
    assert "".join(found.pieces) == VIETNAMESE
    assert len(found.pieces) == len(found.tokens)
    if vocab_size == 256:
        assert found.pieces[-4:] == ("", "", "", "🤗")


@pytest.mark.parametrize(
    ("text", "vocab_size", "code"),
    [
        ("", 400, "text_one_token"), ("a", 400, "text_one_token"), (" the", 50_257, "text_one_token"),
        ("abc", 255, "text_bytes"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_scored_is_refused(text: str, vocab_size: int, code: str) -> None:
    model = build(GPTConfig(1, 1, 8, 8, vocab_size), device="cpu").model
    with pytest.raises(ConfigError) as refused:
        score(model, text)
    assert (refused.value.code, refused.value.field) == (code, "text")
    assert all(sentence(refused.value, lang) for lang in LANGUAGES)


def test_it_shows_progress_and_can_be_stopped(model: GPT) -> None:
    called = []
    shares = list(score_in_steps(model, TEXT * 5, lambda: called.append(1)))
    assert shares == sorted(shares)
    assert len(shares) > 2
    assert shares[-1] == 1.0
    assert len(called) >= len(shares) * (1 + TINY.n_layer)

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(score_in_steps(model, TEXT, stop))


def test_it_leaves_no_trace(model: GPT) -> None:
    """No gradient, whoever may be training the model."""
    score(model, TEXT)
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("config", "dtype"),
    [
        (GPTConfig(2, 2, 64, 512, 50_257), torch.float32),
        (GPTConfig(1, 2, 64, 128, 50_257), torch.bfloat16),
        (GPTConfig(1, 1, 256, 1024, 300), torch.float32),
    ],
)
def test_memory_is_bounded_and_no_more_than_it_says(config: GPTConfig, dtype: torch.dtype) -> None:
    model = build(config, device="cpu", dtype=dtype).model
    text = "a b " * 300
    score(model, text)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        found = score(model, text)
    assert watched.profiler is not None
    assert watched.profiler.kineto_results is not None
    events = watched.profiler.kineto_results.events()
    most = max(accumulate(event.nbytes() for event in events if event.name() == "[memory]"))
    limit = score_bytes(config, len(found.tokens), dtype.itemsize)
    assert limit / 3 < most <= limit
    assert limit < 64 * 2**20 < 512 * 50_257 * 4


def test_pieces_of_the_logits_change_nothing(model: GPT, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = score(model, TEXT)
    monkeypatch.setattr(scoring, "_LOGIT_BYTES", 4 * TINY.vocab_size * 5)
    parts = score(model, TEXT)
    assert dataclasses.replace(parts, surprisals=()) == dataclasses.replace(whole, surprisals=())
    assert parts.surprisals == pytest.approx(whole.surprisals, abs=1e-5)
