"""The played forward pass has the numbers of the model's own, and chooses what Generate chooses."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, cast

import pytest
import torch
from shapes import TINY
from torch import Tensor

from gpt2core import BuiltModel, GPTConfig, Tokenizer, build, generate
from gpt2core.config import SamplingOptions
from gpt2core.labs import forward_pass
from gpt2core.labs.memory import lab_bytes
from gpt2core.labs.registry import SAMPLE
from gpt2core.model.gpt import GPT
from gpt2core.serving import service
from gpt2core.serving.messages import PLAYED_TOKENS, GenerateRequest, LabRequest
from gpt2core.serving.messages.lab_results import ForwardResult

IDS = [3, 1, 4, 1, 5, 9]
AT_ONE = SamplingOptions(max_new_tokens=PLAYED_TOKENS)
SPEECH = GPTConfig(3, 4, 64)  # with the whole vocabulary, so that a prompt may say anything


def ask(config: GPTConfig = SPEECH, **more: object) -> ForwardResult:
    request = LabRequest.parse(asdict(config) | {"lab": "forward"} | more)
    *_, last = service.run(request)
    return cast(ForwardResult, cast(dict[str, Any], last)["result"])


def played(model: GPT, layer: int = 1, sampling: SamplingOptions = AT_ONE) -> ForwardResult:
    return forward_pass.forward(model, IDS, layer, sampling, len(IDS))


class Seen:
    """What passes through a model, by hooks on its own modules."""

    def __init__(self, model: GPT, ids: list[int]) -> None:
        self.stream: list[Tensor] = []  # after the embedding, x_at and x_ff of each block, ln_f
        self.mixed: list[Tensor] = []  # what each block's heads hand to c_proj
        ln_f = model.transformer["ln_f"]
        hooks = [ln_f.register_forward_hook(lambda _m, _i, out: self.stream.append(out))]
        for n, block in enumerate(model.blocks):
            if n == 0:
                hooks.append(block.register_forward_pre_hook(lambda _m, i: self.stream.append(i[0])))
            hooks += [
                block.ln_2.register_forward_pre_hook(lambda _m, i: self.stream.append(i[0])),
                block.register_forward_hook(lambda _m, _i, out: self.stream.append(out)),
                block.attn.c_proj.register_forward_pre_hook(lambda _m, i: self.mixed.append(i[0])),
            ]
        with torch.inference_mode():
            self.logits = model(torch.tensor([ids]))[0]
        for hook in hooks:
            hook.remove()


def gone_through(found: ForwardResult, model: GPT, seed: int = 0, temperature: float = 1.0) -> Seen:
    """The prompt and what Generate says, but the last token, through the model itself."""
    steps = generate(model, IDS, PLAYED_TOKENS, temperature, seed=seed)
    said = [step.token_id for step in steps]
    assert found["tokens"] == [Tokenizer().label(token) for token in IDS + said]
    return Seen(model, IDS + said[:-1])


def test_lengths_are_those_of_the_models_own_stream(tiny: BuiltModel) -> None:
    found = played(tiny.model)
    seen = gone_through(found, tiny.model)
    assert len(found["lengths"]) == len(seen.stream) == 2 + 2 * TINY.n_layer
    for row, x in zip(found["lengths"], seen.stream, strict=True):
        assert row == pytest.approx(x[0].norm(dim=-1).tolist(), rel=6e-3)


@pytest.mark.parametrize("layer", [1, 2])
def test_products_and_values_make_what_the_models_own_attention_makes(tiny: BuiltModel, layer: int) -> None:
    """Softmax of the scaled products, times the values: computed here by hand, against what the fused
    attention of the model hands to c_proj."""
    found = played(tiny.model, layer)
    y = gone_through(found, tiny.model).mixed[layer - 1][0]
    T, d = y.size(0), TINY.head_dim
    assert found["layer"] == layer
    assert len(found["heads"]) == TINY.n_head
    for h, head in enumerate(found["heads"]):
        scores = torch.tensor(head["products"]) / d**0.5
        for i in range(T):
            mixed = torch.softmax(scores[i, : i + 1], 0) @ torch.tensor(head["values"])[: i + 1]
            own = y[i, h * d : h * d + forward_pass.MOST_DIMENSIONS]
            assert torch.allclose(mixed, own, rtol=1e-3, atol=1e-5)


def test_the_attention_that_is_played_is_the_mean_of_the_heads(tiny: BuiltModel) -> None:
    for layer in (1, 2):
        found = played(tiny.model, layer)
        scores = torch.tensor([head["products"] for head in found["heads"]]) / TINY.head_dim**0.5
        for i, row in enumerate(found["attention"][layer - 1]):
            mean = torch.softmax(scores[:, i, : i + 1], -1).mean(0)
            assert row == pytest.approx(mean.tolist(), abs=6e-3)
            assert sum(row) == pytest.approx(1, abs=0.02)


def test_what_could_come_next_is_the_models_own(tiny: BuiltModel) -> None:
    sampling = SamplingOptions(0.3, max_new_tokens=PLAYED_TOKENS, seed=7)
    found = played(tiny.model, sampling=sampling)
    logits = gone_through(found, tiny.model, 7, 0.3).logits[len(IDS) - 1 :]
    assert len(found["passes"]) == len(logits) == PLAYED_TOKENS
    for n, (next_, own) in enumerate(zip(found["passes"], logits, strict=True)):
        p = torch.softmax(own / 0.3, 0)
        likeliest = p.topk(5)
        assert [c["probability"] for c in next_["candidates"][:5]] == pytest.approx(
            likeliest.values.tolist(), rel=1e-3
        )
        chosen = next_["candidates"][next_["chosen"]]
        assert chosen["token"] == found["tokens"][len(IDS) + n]
        token = int(p.argsort(descending=True)[next_["rank"] - 1])
        assert Tokenizer().label(token) == chosen["token"]
        assert float(p[token]) == pytest.approx(chosen["probability"], rel=1e-3)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"temperature": 0},
        {"temperature": 0.1, "sample_seed": 5},
        {"temperature": 0.5, "top_k": 40, "top_p": 0.9, "sample_seed": 3, "seed": 4},
        {"temperature": 0.1, "tie_weights": False},
    ],
)
def test_it_goes_on_as_generate_does(how: dict[str, object]) -> None:
    how = {"prompt": "Once upon a time"} | how
    found = ask(SPEECH, **how)
    *_, text = service.run(GenerateRequest.parse(asdict(SPEECH) | how | {"max_new_tokens": 20}))
    said = cast(dict[str, Any], text)["tokens"][:PLAYED_TOKENS]
    assert found["tokens"][found["n_prompt"] :] == [Tokenizer().label(token) for token in said]


def test_an_empty_prompt_has_a_sample_and_a_long_one_is_cut() -> None:
    found = ask()
    assert found["n_given"] == 0
    assert SAMPLE.startswith("".join(found["tokens"][: found["n_prompt"]]).replace("␣", " "))
    found = ask(prompt="one two three")
    assert (found["n_given"], found["n_prompt"]) == (3, 3)
    found = ask(prompt="one " * 40)
    assert found["n_given"] == 41
    assert found["n_prompt"] == forward_pass.MOST_PROMPT


def numbers(value: object) -> int:
    """How many numbers plain data holds."""
    if isinstance(value, dict):
        return sum(numbers(each) for each in value.values())
    if isinstance(value, list):
        return sum(numbers(each) for each in value)
    return int(isinstance(value, float))


@pytest.mark.parametrize("config", [SPEECH, GPTConfig(20, 64, 64), GPTConfig(1, 2, 2, vocab_size=60_000)])
def test_what_is_sent_is_bounded(config: GPTConfig) -> None:
    found = ask(config, prompt="one " * 40)
    L, T = config.n_layer, forward_pass.MOST_PROMPT + PLAYED_TOKENS - 1
    heads = min(config.n_head, forward_pass.MOST_HEADS)
    dimensions = min(config.head_dim, forward_pass.MOST_DIMENSIONS)
    bound = (2 + 2 * L) * T + L * T * (T + 1) // 2 + heads * T * (T + dimensions)
    passes = numbers(cast(object, found["passes"]))
    assert numbers(cast(object, found)) - passes == bound
    assert len(json.dumps(found)) < 12 * bound + 3000
    assert len(found["heads"]) == heads


def test_where_the_context_is_full_the_play_ends() -> None:
    found = ask(GPTConfig(1, 1, 8, block_size=5), prompt="one two three four five six")
    assert found["n_prompt"] == 5
    assert len(found["passes"]) == 1
    assert len(found["tokens"]) == 6
    assert len(found["lengths"][0]) == 5


def test_another_block_is_the_same_play() -> None:
    one, other = (ask(prompt="Hello there", layer=layer) for layer in (1, 99))
    assert other["layer"] == SPEECH.n_layer
    assert one["lengths"] == other["lengths"]
    assert one["heads"] != other["heads"]


def test_memory_is_reserved_for_all_it_takes() -> None:
    """By each dimension that its tensors have."""
    base = lab_bytes("forward", SPEECH)
    for wider in (GPTConfig(3, 4, 640), GPTConfig(3, 64, 64), GPTConfig(3, 4, 64, vocab_size=10**6)):
        assert lab_bytes("forward", wider) > base
    logits = 4 * 50_257
    assert lab_bytes("forward", SPEECH) - lab_bytes("measured", SPEECH) > 4 * logits


def test_with_bfloat16_it_is_nearly_the_same() -> None:
    exact = build(SPEECH, device="cpu").model
    rounded = build(SPEECH, device="cpu", dtype=torch.bfloat16).model
    greedy = SamplingOptions(0, max_new_tokens=1)
    one, other = (forward_pass.forward(m, IDS, 1, greedy, len(IDS)) for m in (exact, rounded))
    for a, b in zip(one["lengths"], other["lengths"], strict=True):
        assert a == pytest.approx(b, rel=0.02)
