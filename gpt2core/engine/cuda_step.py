"""A decoding step through the kernels of kernels/*.cu: of a few rows all of it, of more what torch's
own kernels take long for, which is the attention and the choice of the tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from weakref import proxy

import torch
from torch import Tensor, nn

from gpt2core.config import TOKENIZER_VOCAB
from gpt2core.engine.cuda_graph import CUDAGraphStep
from gpt2core.engine.cuda_kernels import MAX_ROWS, CUDAKernels, kernels_for
from gpt2core.engine.kv_cache import KVCache, Span, whole_span
from gpt2core.model.gpt import GPT, LAYER_NORM_EPS

# Threads of a block, and how many outputs they work at together: the fastest for Small and XL on an H200.
_EMBED_THREADS = _CHOOSE_THREADS = 128
_NORM_LINEAR_THREADS, _ATTEND_THREADS, _RESIDUAL_OUTPUTS = 512, 1024, 2
_MOST_BLOCKS = 1056
_SHARES = 64  # of a row's logits: blocks that choose among them


def capture(model: GPT, cache: KVCache, forward: Callable[[Tensor, Tensor, Span], Tensor]) -> CUDAGraphStep:
    """The step of all slots of `cache` with nothing in it that depends on the sequences' lengths; it keeps
    neither model nor cache. `forward`, (N,) tokens at (N,) positions that attend so -> (N, V) logits, is
    what torch's own kernels do."""
    weight = model.wte.weight
    kernels = kernels_for(weight.device, weight.dtype)
    model, cache = cast(GPT, proxy(model)), cast(KVCache, proxy(cache))

    def step(inputs: Tensor) -> tuple[Tensor, Tensor | None]:
        tokens, positions = inputs[0], inputs[1]
        if kernels is None or _attend_bytes(cache.k.size(-1), cache.max_len) > kernels.shared_bytes:
            at = positions.long()
            return forward(tokens, at, whole_span(cache, at)), None
        is_small = _norm_linear_bytes(cache.n_slots, model.config.n_embd) <= kernels.shared_bytes
        if cache.n_slots <= MAX_ROWS and is_small:
            logits = fused_step(kernels, model, cache, inputs)
        else:
            logits = forward(tokens, positions, _KernelSpan(kernels, cache, positions))
        return logits, draw(kernels, logits, inputs)

    return CUDAGraphStep(step, cache.n_slots, weight.device)


def fused_step(kernels: CUDAKernels, model: GPT, cache: KVCache, inputs: Tensor) -> Tensor:
    """(N, V) logits of `inputs`, a `cuda_graph.StepFunction`'s: five kernels a layer, and two more."""
    c, N = model.config, inputs.size(1)
    tokens, positions = inputs[0], inputs[1]

    def new(n: int) -> Tensor:
        return torch.empty(N, n, device=inputs.device)

    def norm_linear(x: Tensor, norm: nn.LayerNorm, linear: nn.Linear, *, gelu: bool = False) -> Tensor:
        n_out, w = linear.out_features, linear.weight
        outputs = 1 if n_out <= 4096 else 2 if n_out <= 16_384 else 4
        threads = _NORM_LINEAR_THREADS if outputs < 4 else _NORM_LINEAR_THREADS // 2
        blocks = min(-(-n_out // (threads // 32 * outputs)), _MOST_BLOCKS)
        y = new(n_out)
        kernels.launch(
            f"norm_linear_{outputs}", (blocks, 1), threads, x, norm.weight, _or(norm.bias, w), w,
            _or(linear.bias, w), y, N, c.n_embd, n_out, int(norm.bias is not None),
            int(linear.bias is not None), int(gelu), LAYER_NORM_EPS,
            shared_bytes=_norm_linear_bytes(N, c.n_embd),
        )  # fmt: skip
        return y

    def add_linear(x: Tensor, y: Tensor, linear: nn.Linear) -> None:
        n_in, n_out, w = linear.in_features, linear.out_features, linear.weight
        threads = 128 if n_in <= 1024 else 256
        kernels.launch(
            f"linear_residual_{_RESIDUAL_OUTPUTS}", (-(-n_out // _RESIDUAL_OUTPUTS), 1), threads, y, w,
            _or(linear.bias, w), x, N, n_in, n_out, int(linear.bias is not None),
        )  # fmt: skip

    x, y = new(c.n_embd), new(c.n_embd)
    blocks = -(-c.n_embd // _EMBED_THREADS)
    wte, wpe = model.wte.weight, model.wpe.weight
    kernels.launch("embed", (blocks, N), _EMBED_THREADS, tokens, positions, wte, wpe, x, c.n_embd)
    for layer, block in enumerate(model.blocks):
        qkv = norm_linear(x, block.ln_1, block.attn.c_attn)
        _attend(kernels, "attend_float", qkv, positions, cache, layer, y)
        add_linear(x, y, block.attn.c_proj)
        add_linear(x, norm_linear(x, block.ln_2, block.mlp.c_fc, gelu=True), block.mlp.c_proj)
    return norm_linear(x, cast(nn.LayerNorm, model.transformer["ln_f"]), model.lm_head)


def draw(kernels: CUDAKernels, logits: Tensor, inputs: Tensor) -> Tensor:
    """`drawn` of `cuda_graph.StepFunction`; the tokens go into inputs[0], too, for the next step. As
    `model.sampling.draw` without top-k and top-p."""
    N, V = logits.shape
    tokens, _, first, second, temperatures = inputs.unbind(0)
    logits[:, TOKENIZER_VOCAB:] = float("-inf")
    found, drawn = torch.empty(N, _SHARES, 5, device=logits.device), torch.empty(3, N, device=logits.device)
    kernels.launch(
        "choose_among_share", (_SHARES, N), _CHOOSE_THREADS, logits, first, second, temperatures, found, V,
        min(V, TOKENIZER_VOCAB),
    )  # fmt: skip
    kernels.launch("choose", (N, 1), 32, logits, found, temperatures, drawn, tokens, V, _SHARES)
    return drawn


@dataclass(frozen=True)
class _KernelSpan:
    """What kv_cache.AttentionSpan is, of all slots of `cache`, through a kernel of our own."""

    kernels: CUDAKernels
    cache: KVCache
    positions: Tensor  # (slots,) int32

    @property
    def n(self) -> int:
        return self.cache.n_slots

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """q, k and v are one tensor (N, 3, H, E/H), split -> (N, H, E/H)."""
        y = torch.empty(q.shape, dtype=q.dtype, device=q.device)
        _attend(self.kernels, "attend_weight", q, self.positions, self.cache, layer, y)
        return y


def _attend(
    kernels: CUDAKernels, name: str, qkv: Tensor, positions: Tensor, cache: KVCache, layer: int, y: Tensor
) -> None:
    _, n_slots, H, max_len, D = cache.k.shape
    kernels.launch(
        name, (H, n_slots), _ATTEND_THREADS, qkv, positions, cache.k[layer], cache.v[layer], y, H, D,
        max_len, shared_bytes=_attend_bytes(D, max_len),
    )  # fmt: skip


def _norm_linear_bytes(rows: int, n_embd: int) -> int:
    return 4 * (rows + 2) * n_embd  # normed rows, scale and shift


def _attend_bytes(head_dim: int, max_len: int) -> int:
    return 4 * (head_dim + max_len + 8 + 8 * _ATTEND_THREADS)  # q, scores, parts of the sum of v


def _or(bias: Tensor | None, any_tensor: Tensor) -> Tensor:
    """A kernel that is told there is no bias wants some pointer all the same."""
    return any_tensor if bias is None else bias
