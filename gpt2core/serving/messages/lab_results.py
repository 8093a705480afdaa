"""What each lab finds, as plain data: one kind for each `lab`."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from gpt2core.serving.messages.fields import Component


class LogitSpread(TypedDict):
    """Of the last position's logits; `expected` is what init should give."""

    std: float
    minimum: float
    maximum: float
    expected: float


class TraceResult(TypedDict):
    """A forward pass: lengths of the residual stream after each addition, attention of block `layer`."""

    lab: Literal["trace"]
    tokens: list[str]
    layer: int
    stream: list[float]
    stream_unscaled: list[float]
    attention: list[list[list[float]]]  # (H, T, T)
    logits: LogitSpread


class Candidate(TypedDict):
    token: str
    probability: float


class NextToken(TypedDict):
    """What could come next, most likely first, at the temperature that was asked for. The `chosen` one
    stands last where it is not among the most likely; `rank` is its place, from 1, among all tokens."""

    candidates: list[Candidate]
    chosen: int
    rank: int


class HeadProducts(TypedDict):
    """One head of one block: q · k of each token (row) with each (column), before scaling and mask, and the
    first numbers of each token's v."""

    products: list[list[float]]
    values: list[list[float]]


class ForwardResult(TypedDict):
    """A played forward pass. T tokens have gone through, the last of `tokens` has only been chosen."""

    lab: Literal["forward"]
    tokens: list[str]
    n_prompt: int  # of these, so many went in first
    n_given: int  # tokens of the prompt; 0: it was empty, and a sample goes in
    lengths: list[list[float]]  # (2 + 2L, T): after the embedding, x_at and x_ff of each block, ln_f
    attention: list[list[list[float]]]  # (L, T, 1 to T): of each block's heads the mean
    passes: list[NextToken]
    layer: int  # whose heads follow, from 1
    head_dim: int
    heads: list[HeadProducts]


class GradientResult(TypedDict):
    """Norm of the gradient, block by block."""

    lab: Literal["gradients"]
    n_tokens: int
    pre_ln: list[float]
    post_ln: list[float]


class WeightStatistics(TypedDict):
    """One row of the table of tensors, over all blocks. `histogram` (density per bin, from -reach to
    reach) is empty for tensors that start constant."""

    name: str
    component: Component
    count: int
    mean: float
    std: float
    target_mean: float
    target_std: float
    histogram: list[float]
    reach: float


class WeightsResult(TypedDict):
    lab: Literal["weights"]
    rows: list[WeightStatistics]


class TiedPair(TypedDict):
    """Where wte.weight and lm_head.weight lie, and what writing to the one did to the other."""

    wte_address: str
    lm_head_address: str
    before: float
    written: float
    after: float
    matrix_bytes: int
    unique_total: int


class TyingResult(TypedDict):
    lab: Literal["tying"]
    tied: TiedPair
    untied: TiedPair


class QKVTiming(TypedDict):
    """Seconds (medians) of one product and of three; the largest difference between their outputs."""

    n_tokens: int
    fused: float
    separate: float
    difference: float
    repeats: int


class QKVResult(TypedDict):
    lab: Literal["qkv"]
    n_embd: int
    dtype: str
    rows: list[QKVTiming]


class DeviceTiming(TypedDict):
    device: str
    dtype: str
    build_seconds: float
    tokens_per_second: float
    weight_bytes: int
    free_before: int
    free_after: int


class DevicesResult(TypedDict):
    """Numbers by device, PyTorch's error where two devices meet, and what each device takes."""

    lab: Literal["devices"]
    tensors: dict[str, int]
    real_gpu: bool
    broken: str
    mended: str
    error: str
    after: str
    times: list[DeviceTiming]


class MeasuredResult(TypedDict):
    """Closed form and measurement of each."""

    lab: Literal["measured"]
    forward_flops: tuple[int, int]
    training_flops: tuple[int, int]
    kept_bytes: tuple[int, int]


class NextTokenResult(TypedDict):
    """Logits less the largest: the likeliest with their tokens, the others as (mean, count) by bin."""

    lab: Literal["logits"]
    vocab_size: int
    top: list[tuple[str, float]]
    bins: list[tuple[float, int]]
    std: float


LabResult: TypeAlias = (
    ForwardResult
    | TraceResult
    | GradientResult
    | WeightsResult
    | TyingResult
    | QKVResult
    | DevicesResult
    | MeasuredResult
    | NextTokenResult
)
