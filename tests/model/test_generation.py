"""A stream of tokens: the same as full passes would give, and where it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import torch

from gpt2core import BuiltModel, ConfigError, GPTConfig, build, generate
from gpt2core.model.sampling import Step, distribution, entropy, sample


def ids_of(steps: Iterable[Step]) -> list[int]:
    return [step.token_id for step in steps]


@torch.no_grad()
def test_every_step_equals_what_a_full_pass_would_give(tiny: BuiltModel) -> None:
    ids = [3, 1, 4, 1, 5]
    ways: list[tuple[float, int | None, float | None]] = [(0, None, None), (1, None, None), (0.2, 50, 0.9)]
    for temperature, top_k, top_p in ways:
        steps = list(generate(tiny.model, ids, 20, temperature, top_k, top_p, seed=9))
        sequence = list(ids)
        for step in steps:
            logits = tiny.model(torch.tensor([sequence]))[0, -1]
            torch.testing.assert_close(step.logits, logits, atol=1e-5, rtol=1e-4)
            assert step.token_id == sample(logits, temperature, top_k, top_p, 9, len(sequence))
            p = distribution(logits, temperature)
            assert step.probability == pytest.approx(float(p[step.token_id]), rel=1e-3)
            assert step.entropy == pytest.approx(float(entropy(p.log())), rel=1e-4)
            sequence.append(step.token_id)
        assert len(steps) == 20


def test_the_stream_ends_when_the_context_is_full(tiny: BuiltModel) -> None:
    steps = list(generate(tiny.model, [1, 2, 3], max_new_tokens=500))
    assert 3 + len(steps) == tiny.config.block_size
    assert [s.stop_reason for s in steps[:-1]] == [None] * (len(steps) - 1)
    assert steps[-1].stop_reason == "context_full"
    assert list(generate(tiny.model, [1], 4))[-1].stop_reason == "length"
    full = list(generate(tiny.model, [1] * 48, 4))
    assert [s.stop_reason for s in full] == ["context_full"]


@pytest.mark.parametrize("ids", [[], [400], [-1], [1.0], [True], [1] * 49])
def test_bad_prompts_are_refused_at_once(tiny: BuiltModel, ids: list[Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        generate(tiny.model, ids)
    assert caught.value.field == "prompt"


@pytest.mark.parametrize(
    "ids",
    [
        torch.tensor([3, 1, 4]), torch.tensor([[3, 1, 4]]), torch.tensor([3, 1, 4], dtype=torch.int32),
        np.array([3, 1, 4]), np.array([[3, 1, 4]], dtype=np.uint16), list(np.array([3, 1, 4])),
        (3, 1, 4), iter([3, 1, 4]), [[3, 1, 4]], list(torch.tensor([3, 1, 4])),
    ],
    ids=lambda ids: type(ids).__name__,
)  # fmt: skip
def test_ids_come_in_the_types_that_people_have(tiny: BuiltModel, ids: Any) -> None:
    assert ids_of(generate(tiny.model, ids, 5)) == ids_of(generate(tiny.model, [3, 1, 4], 5))


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        (torch.tensor([[1, 2], [3, 4]]), "token_ids"), (torch.tensor(3), "token_ids"), (7, "token_ids"),
        ("text", "token_ids"), (None, "token_ids"), ([[1], [2]], "token_ids"), ([[1, 2], 3], "token_ids"),
        (torch.tensor([1.0]), "token_id"), (torch.tensor([True]), "token_id"),
        (np.array([1.5]), "token_id"), (np.array([True]), "token_id"), (torch.tensor([400]), "token_id"),
        (torch.tensor([]), "empty_prompt"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_prompt_of_one_text_is_refused(tiny: BuiltModel, ids: Any, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        generate(tiny.model, ids)
    assert (caught.value.field, caught.value.code) == ("prompt", code)


def test_options_come_in_numpys_types_too(tiny: BuiltModel) -> None:
    plain = generate(tiny.model, [7], 5, temperature=0.5, top_k=9, top_p=0.75, seed=3)
    theirs: dict[str, Any] = {
        "max_new_tokens": np.int64(5), "temperature": np.float32(0.5), "top_k": torch.tensor(9),
        "top_p": np.float64(0.75), "seed": np.uint32(3),
    }  # fmt: skip
    assert ids_of(generate(tiny.model, [7], **theirs)) == ids_of(plain)
    refused: list[dict[str, Any]] = [
        {"temperature": np.float64("nan")}, {"seed": np.bool_(True)}, {"top_k": np.float64(1.5)},
    ]  # fmt: skip
    for options in refused:
        with pytest.raises(ConfigError):
            generate(tiny.model, [7], **options)


@pytest.mark.parametrize(
    "options",
    [{"temperature": -1}, {"top_k": 401}, {"top_p": 0.0}, {"max_new_tokens": 0}, {"seed": -1}],
)
def test_bad_options_are_refused_at_once(tiny: BuiltModel, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        generate(tiny.model, [1], **options)


def test_ids_that_no_tokenizer_has_are_never_drawn() -> None:
    config = GPTConfig(1, 1, 8, 64, 50_304)
    model = build(config, device="cpu").model
    with torch.no_grad():
        model.wte.weight[50_257:] = 10.0  # make the padding tempting
    for temperature in (0.0, 100.0):
        steps = list(generate(model, [50_300], 30, temperature))
        assert all(step.token_id < 50_257 for step in steps)
        assert all(step.logits[50_257:].eq(-torch.inf).all() for step in steps)
        assert all(0 <= step.entropy < 10.9 for step in steps)


def test_same_seed_same_text_also_in_parallel_threads(tiny: BuiltModel) -> None:
    alone = ids_of(generate(tiny.model, [7], 40, seed=3))
    found: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: found.append(ids_of(generate(tiny.model, [7], 40, seed=3))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 4
    assert ids_of(generate(tiny.model, [7], 40, seed=4)) != alone


def test_next_may_be_called_from_another_thread_each_time(tiny: BuiltModel) -> None:
    steps = generate(tiny.model, [7], 6)
    found: list[Step] = []
    for _ in range(6):
        thread = threading.Thread(target=lambda: found.append(next(steps)))
        thread.start()
        thread.join()
    assert len(found) == 6
    assert not torch.is_inference_mode_enabled()


def test_small_at_init_is_as_flat_as_the_lesson_says() -> None:
    model = build(GPTConfig(), device="cpu").model
    entropies = {t: next(generate(model, [50256], 1, t)).entropy for t in (1.0, 0.3, 0.1, 0.05)}
    assert entropies[1.0] == pytest.approx(10.67, abs=0.02)
    assert entropies[0.3] == pytest.approx(9.1, abs=0.15)
    # measured over seeds 0 to 7: 1.0 to 3.9, and 0.05 to 2.5
    assert 0.5 < entropies[0.1] < 5
    assert entropies[0.05] < 3
