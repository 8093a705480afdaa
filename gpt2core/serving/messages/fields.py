"""Types of a model's fields, by name, and of what is counted from them."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

Language: TypeAlias = Literal["en", "vi"]
SizeField: TypeAlias = Literal["n_layer", "n_head", "n_embd"]
SwitchField: TypeAlias = Literal["bias", "tie_weights"]
ShapeField: TypeAlias = SizeField | Literal["block_size", "vocab_size"] | SwitchField
ModelField: TypeAlias = ShapeField | Literal["seed", "dtype", "weights"]
SamplingField: TypeAlias = Literal["temperature", "top_k", "top_p", "max_new_tokens", "sample_seed"]
GenerateField: TypeAlias = ModelField | Literal["prompt"] | SamplingField
Dim: TypeAlias = tuple[int, ShapeField]  # (3, "n_embd") is 3 * n_embd
# What a polynomial may multiply: config fields, 0/1 switches, the rows that padding adds to wte, and the
# bytes of a number.
Factor: TypeAlias = ShapeField | Literal["tied", "untied", "padding", "dtype_bytes"]
Term: TypeAlias = tuple[int, tuple[Factor, ...]]  # (3, ("n_embd", "n_embd")) is 3 * n_embd^2
Polynomial: TypeAlias = tuple[Term, ...]
Component: TypeAlias = Literal[
    "token_embedding", "position_embedding", "attention", "mlp", "layer_norm", "lm_head"
]
Unit: TypeAlias = Literal["bytes", "flops"]


class ShapeConfig(TypedDict):
    """A GPTConfig."""

    n_layer: int
    n_head: int
    n_embd: int
    block_size: int
    vocab_size: int
    bias: bool
    tie_weights: bool


# 'loading': the engine is still starting. 'paused': others have their turn. 'restarted': the engine has
# ended, and another goes on from here. On a ZeroGPU Space the CPU computes, because the visitor's GPU time
# is gone ('quota'), none is free ('no_gpu') or none is lent for so long ('too_long'); or the GPU does, but
# may be taken back too soon ('may_end').
Notice: TypeAlias = Literal["quota", "no_gpu", "too_long", "may_end", "loading", "paused", "restarted"]
