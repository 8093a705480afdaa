"""bfloat16 in the engine: the rounded float32 model, close to it, in half the memory, and only where it is
offered."""

from __future__ import annotations

import dataclasses

import pytest
import torch
import torch.nn.functional as F
from number_formats import needs_bfloat16
from shapes import TINY, WIDE
from submitting import code_of, ended, sequence_of, speak

from gpt2core import ConfigError, GPTConfig, build
from gpt2core.config import PRESETS
from gpt2core.counting.footprint import kv_cache_bytes, weight_bytes
from gpt2core.engine import attention as attention_module
from gpt2core.engine.attention import attention, span_len
from gpt2core.engine.memory import need_bytes
from gpt2core.engine.model_runner import ModelRunner
from gpt2core.engine.scheduler import Scheduler
from gpt2core.engine.sequence import Sequence
from gpt2core.model.gpt import GPT
from gpt2core.runtime import device
from gpt2core.serving.messages import BuildRequest, GenerateRequest

CLOSE = 2e-2  # of the norm


def in_bfloat16(config: GPTConfig, seed: int = 0) -> GPT:
    model = build(config, seed, device="cpu", dtype=torch.bfloat16).model
    return model.requires_grad_(False)


def away(found: torch.Tensor, exact: torch.Tensor) -> float:
    return float((found.float() - exact).norm() / exact.norm())


@pytest.mark.parametrize("packed", [False, True])
def test_logits_are_those_of_float32_but_for_rounding(packed: bool) -> None:
    config = dataclasses.replace(PRESETS["gpt-mini"], vocab_size=1000)
    exact, rounded = build(config, device="cpu").model, in_bfloat16(config)
    ids = torch.randint(1000, (1, 70), generator=torch.Generator().manual_seed(1))
    runner = ModelRunner(rounded, pack=packed)
    prefill = runner.begin_prefill(ids[0, :60].tolist())
    runner.prefill([(prefill, 20)])
    runner.prefill([(prefill, 40)])
    with torch.inference_mode():
        expected, theirs = exact(ids)[0], rounded(ids)[0]
    assert prefill.logits is not None
    assert 1e-4 < away(prefill.logits, expected[59]) < CLOSE
    runner.allocate([prefill], 100)
    for position in range(60, 70):
        (found,) = runner.decode([int(ids[0, position])])
        assert found.dtype is torch.float32
        assert away(found, expected[position]) < CLOSE
        assert away(theirs[position], expected[position]) < CLOSE


def test_a_cache_holds_what_was_estimated() -> None:
    runner = ModelRunner(in_bfloat16(TINY))
    prefill = runner.begin_prefill([1, 2])
    runner.prefill([(prefill, 2)])
    runner.allocate([prefill] * 3, 30)
    (cache,) = runner.caches
    assert cache.k.dtype is torch.bfloat16
    assert (
        cache.k.nbytes + cache.v.nbytes == kv_cache_bytes(TINY, 30, 3, 2) == kv_cache_bytes(TINY, 30, 3) / 2
    )


def logits_of(model: GPT, prompts: list[list[int]], steps: list[list[int]]) -> torch.Tensor:
    """(steps, rows, V) of rows that begin with `prompts`, each prefilled alone, and are given `steps`."""
    runner = ModelRunner(model, pack=False)
    for ids in prompts:
        prefill = runner.begin_prefill(ids)
        runner.prefill([(prefill, len(ids))])
        runner.allocate([prefill], model.config.block_size)
    return torch.stack([runner.decode(tokens) for tokens in steps])


@needs_bfloat16
def test_a_row_does_not_depend_on_the_others() -> None:
    """Though what differs in the last bit of float32 may be rounded to another number, and one number in
    thousands would be if shorter rows were padded to what the longest one has."""
    config = dataclasses.replace(PRESETS["gpt-mini"], block_size=128, vocab_size=500)
    model, draw = in_bfloat16(config), torch.Generator().manual_seed(2)
    prompts = [torch.randint(500, (1 + 4 * n,), generator=draw).tolist() for n in range(8)]
    steps = torch.randint(500, (40, 8), generator=draw)
    together = logits_of(model, prompts, steps.tolist())
    alone = [logits_of(model, [ids], steps[:, [n]].tolist()) for n, ids in enumerate(prompts)]
    others = (together != torch.cat(alone, 1)).any(-1)
    assert int(others.sum()) <= 2, "of 320; 15 to 40 without padding of its own"


@pytest.mark.parametrize("together", [1, 300, 10**6], ids=["head by head", "in groups", "at once"])
@pytest.mark.parametrize("queries", [1, 5])
def test_attention_is_widened_whatever_is_done_together(
    queries: int, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention_module, "_TOGETHER", together)
    draw = torch.Generator().manual_seed(3)
    q, k, v = (torch.randn(5, 4, n, 8, generator=draw).bfloat16() for n in (queries, 9, 9))
    seen = torch.rand(5, 1, queries, 9, generator=draw) < 0.7
    seen[..., 0] = True
    for mask in (None, seen, seen[0, 0]):
        exact = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), mask)
        torch.testing.assert_close(attention(q, k, v, mask), exact.bfloat16(), rtol=2**-8, atol=1e-6)


def test_only_what_is_rounded_is_padded() -> None:
    cache = torch.zeros(2, 4, 100, 8)
    assert [span_len(n, cache) for n in (1, 17, 99)] == [1, 17, 99]
    assert [span_len(n, cache.bfloat16()) for n in (1, 16, 17, 99, 100)] == [16, 16, 32, 100, 100]


def other(request: GenerateRequest) -> GenerateRequest:
    """The same in bfloat16."""
    return dataclasses.replace(request, model=dataclasses.replace(request.model, dtype="bfloat16"))


@needs_bfloat16
def test_the_same_model_in_another_format_is_another_model(serving: Scheduler) -> None:
    request = speak(max_new_tokens=3)
    for each in (request, other(request)):
        job = ended(serving.submit(each, [1]))
        assert job.error is None
        assert job.built is not None
        assert job.built.report.dtype == each.model.dtype
        assert sequence_of(job).finished
    exact, rounded = serving.pool.get(request.model), serving.pool.get(other(request).model)
    assert exact is not None
    assert rounded is not None
    assert rounded.n_bytes * 2 == exact.n_bytes, "weights and their packed copies"


@needs_bfloat16
def test_memory_that_is_short_for_one_format_may_do_for_the_other() -> None:
    """And of how many layers would fit it says more: two, where not even one does in float32."""
    request = speak(WIDE)
    sequence = Sequence([1], request.options, WIDE)
    rounded = need_bytes(WIDE, sequence, 2)
    assert need_bytes(WIDE, None, 2) == weight_bytes(WIDE, 2) == weight_bytes(WIDE) / 2
    s = Scheduler(limit_bytes=rounded + 1000, device="cpu")
    with pytest.raises(ConfigError) as caught:
        s.submit(request, [1])
    assert caught.value.code == "memory"
    assert ended(s.submit(other(request), [1])).error is None
    tall = dataclasses.replace(WIDE, n_layer=100)
    fits = []
    for each in (speak(tall), other(speak(tall))):
        with pytest.raises(ConfigError) as caught:
            s.submit(each, [1])
        fits.append(caught.value.params["fits"])
    assert fits == [0, 2]
    s.close(1)


def test_where_a_device_is_slow_with_a_format_it_is_refused(
    serving: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "has_bf16_kernels", lambda device: False)
    with pytest.raises(ConfigError) as caught:
        serving.submit(BuildRequest(TINY, 0, dtype="bfloat16"))
    assert (caught.value.code, caught.value.field) == ("dtype_here", "dtype")
    assert caught.value.params == {"allowed": "float32"}
    assert code_of(ended(serving.submit(BuildRequest(TINY, 0)))) is None
