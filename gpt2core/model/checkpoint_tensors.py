"""A checkpoint's tensors against THE table: names, shapes and number formats, before any of them is used.

GPT-2's checkpoints have a block's matrices as transformers' Conv1D does, (in, out); nn.Linear, and so the
table, has (out, in).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load
from torch import Tensor

from gpt2core.config import GPTConfig
from gpt2core.counting.parameters import TABLE, tensor_shapes
from gpt2core.errors import ConfigError
from gpt2core.model.weights import DTYPES

_WTE, _LM_HEAD, _PREFIX = "transformer.wte.weight", "lm_head.weight", "transformer."
# A block's matrices, which are stored transposed: '.attn.c_attn.weight', …
_CONV1D = tuple(row.name.partition("{i}")[2] for row in TABLE if row.per_block and len(row.shape) == 2)
# The causal mask and its value, which older versions of transformers saved. They are no parameters.
_MASKS = re.compile(r"transformer\.h\.\d+\.attn\.(bias|masked_bias)")


def turned(name: str, tensor: Tensor) -> Tensor:
    """From the checkpoint's layout to nn.Linear's, or back: the same numbers, seen otherwise."""
    return tensor.t() if name.endswith(_CONV1D) else tensor


def tensors_in(paths: Iterable[Path]) -> dict[str, Tensor]:
    """Name in the table -> what the files hold, seen in their pages: nothing is read until it is used.
    Raises ConfigError('checkpoint_damaged') for what is no whole safetensors file, and as `_named`."""
    found: list[tuple[str, Tensor]] = []
    for path in paths:
        try:
            with safe_open(path, framework="pt", device="cpu") as file:
                found += [(name, file.get_tensor(name)) for name in file.keys()]  # noqa: SIM118 (no dict)
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise ConfigError("checkpoint_damaged", "weights", path.name) from error
    return _named(found)


def tensors_of(data: bytes, name: str) -> dict[str, Tensor]:
    """As `tensors_in`, of a file's bytes; the tensors are copies."""
    try:
        return _named(load(data).items())
    except (SafetensorError, ValueError, KeyError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError("checkpoint_damaged", "weights", name) from error


def _named(found: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """By the names that the table has; masks left out. Raises ConfigError('checkpoint_doubled')."""
    tensors: dict[str, Tensor] = {}
    for stored, tensor in sorted(found, key=lambda pair: pair[0]):  # else in the order of a hash table
        name = stored if stored.startswith((_PREFIX, "lm_head.")) else _PREFIX + stored
        if _MASKS.fullmatch(name):
            continue
        if name in tensors:
            raise ConfigError("checkpoint_doubled", "weights", name)
        tensors[name] = tensor
    return tensors


def shape_of(tensors: dict[str, Tensor], config: GPTConfig) -> GPTConfig:
    """`config` with what only the tensors tell. There are biases if there is any. An lm_head that differs
    from wte is kept apart, as transformers does; one that `config` ties and that is equal is left out of
    `tensors`."""
    config = replace(config, bias=any(name.endswith(".bias") for name in tensors))
    if config.tie_weights and _LM_HEAD in tensors:
        if _is_equal(tensors.get(_WTE), tensors[_LM_HEAD]):
            del tensors[_LM_HEAD]
        else:
            config = replace(config, tie_weights=False)
    return config


def fit_exactly(tensors: dict[str, Tensor], config: GPTConfig) -> None:
    """Makes of `tensors` those of `config` itself, and raises ConfigError where they are another model's.
    Zero biases are none: `checkpoint_bytes` writes them for a model that has none."""
    found = shape_of(tensors, config)
    check(tensors, config if config.bias else replace(config, bias=found.bias))
    if config.bias:
        return
    for name in [name for name in tensors if name.endswith(".bias")]:
        if tensors[name].count_nonzero():
            raise ConfigError("checkpoint_name", "weights", name)
        del tensors[name]


def check(tensors: Mapping[str, Tensor], config: GPTConfig) -> None:
    """Raises ConfigError, with the first tensor that is not as the table has it for `config`:
    'checkpoint_name', 'checkpoint_missing', 'checkpoint_shape' or 'checkpoint_dtype'."""
    shapes = tensor_shapes(config)
    for name in tensors:
        if name not in shapes:
            raise ConfigError("checkpoint_name", "weights", name)
    for name, shape in shapes.items():
        if name not in tensors:
            raise ConfigError("checkpoint_missing", "weights", name)
        stored, expected = tensors[name], shape[::-1] if name.endswith(_CONV1D) else shape
        if stored.shape != expected:
            raise ConfigError(
                "checkpoint_shape", "weights", name, found=_size(stored.shape), expected=_size(expected)
            )
        if stored.dtype not in DTYPES:
            allowed = ", ".join(map(_word, DTYPES))
            raise ConfigError(
                "checkpoint_dtype", "weights", name, found=_word(stored.dtype), allowed=allowed
            )


def _is_equal(one: Tensor | None, other: Tensor) -> bool:
    return one is not None and one.dtype == other.dtype and torch.equal(one, other)


def _size(shape: Iterable[int]) -> str:
    return "x".join(map(str, shape)) or "1"


def _word(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
