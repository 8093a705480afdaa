"""Weights that somebody has trained: loaded from safetensors files, and saved as such.

The files are those of transformers' GPT2LMHeadModel, which reads what is saved here as it is. Each tensor
is held against THE table (checkpoint_tensors.py) before memory is taken, and nothing is ever unpickled.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from gpt2core.config import GPTConfig
from gpt2core.counting.parameters import tensor_shapes
from gpt2core.errors import ConfigError
from gpt2core.model.built import BuiltModel, report_on, trainable
from gpt2core.model.checkpoint_files import CONFIG, WEIGHTS, CheckpointFiles, find_in_steps
from gpt2core.model.checkpoint_tensors import check, fit_exactly, shape_of, tensors_in, tensors_of, turned
from gpt2core.model.gpt import GPT, INIT_STD, LAYER_NORM_EPS
from gpt2core.model.meta_model import meta_model
from gpt2core.model.transformers_config import for_transformers
from gpt2core.model.weights import allocate, require_dtype, require_memory
from gpt2core.runtime.device import pick_device, usable_cores, used_bytes
from gpt2core.runtime.parallel import shared

_CHUNK = 2**21  # numbers a thread copies at a time: some milliseconds
_FINDING_SHARE = 0.8  # of a load that has to download or to hash


def load_checkpoint(
    name_or_path: str | os.PathLike[str],
    device: str | torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> BuiltModel:
    """Loads OpenAI's weights ("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl") or a folder or .safetensors
    file on this machine with a config.json; "./gpt2" is a folder.

    The numbers are converted to `dtype`. The parameters can be trained; the model is in evaluation mode.
    Raises ConfigError for a checkpoint that is not a GPT-2 like model/gpt.py, number by number (its code
    begins with 'checkpoint_'), and as `build` does.
    """
    return trainable(load_in_steps(name_or_path, device, dtype))


def load_in_steps(
    name_or_path: str | os.PathLike[str],
    device: str | torch.device | None = None,
    dtype: torch.dtype = torch.float32,
    *,
    reserved: bool = False,
    beside_heap: bool = False,
) -> Generator[float, None, BuiltModel]:
    """As `load_checkpoint`, but yields how far it is, 0 to 1, and leaves the parameters frozen: see
    `build_in_steps`, also for `reserved` and `beside_heap`. Closing the generator ends the work."""
    require_dtype(dtype)
    target = pick_device(None if device is None else str(device))
    before, start = used_bytes(target), time.perf_counter()
    name = name_or_path if isinstance(name_or_path, str) else Path(name_or_path)
    files: CheckpointFiles | None = None
    begin = 0.0
    with closing(find_in_steps(name)) as finding:
        while files is None:
            try:
                begin = _FINDING_SHARE * next(finding)
                yield begin
            except StopIteration as found:
                files = found.value
    tensors, config = tensors_in(files.paths), files.config
    if files.released:
        fit_exactly(tensors, config)
    else:
        config = shape_of(tensors, config)
        check(tensors, config)
    if not reserved:
        require_memory(config, target, dtype=dtype)
    model = meta_model(config)
    allocate(model, target, dtype, beside_heap=beside_heap)
    with closing(_fill(model, tensors, target)) as filling:
        for share in filling:
            yield begin + (1 - begin) * share
    report = report_on(model.eval(), target, 0, before, start, files.name)
    return BuiltModel(model, config, report)


def checkpoint_from_bytes(
    data: bytes,
    config: GPTConfig,
    device: str | torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> GPT:
    """The model of `checkpoint_bytes`, for weights that travel between processes. It is frozen.

    The tensors must be those of `config`, else ConfigError says which is not. While it loads there are two
    further copies of the weights; whether all fits is for the caller to see.
    """
    require_dtype(dtype)
    target = pick_device(None if device is None else str(device))
    tensors = tensors_of(data, WEIGHTS)
    fit_exactly(tensors, config)
    model = meta_model(config)
    allocate(model, target, dtype, beside_heap=False)
    for _ in _fill(model, tensors, target):
        pass
    return model.eval()


def _fill(model: GPT, tensors: Mapping[str, Tensor], device: torch.device) -> Generator[float, None, None]:
    """Copies the numbers into the model's memory, and looks at each: one that is not finite there, or has
    become so in a smaller format, raises ConfigError('checkpoint_number')."""
    work: list[tuple[str, Tensor, Tensor]] = []
    for name, p in model.named_parameters():
        rows = max(1, _CHUNK // max(1, math.prod(p.shape[1:])))
        sources = torch.split(turned(name, tensors[name]), rows)
        pieces = zip(torch.split(p, rows), sources, strict=True)
        work += [(name, into, source) for into, source in pieces]
    total, done = sum(into.numel() for _, into, _ in work), 0

    @torch.no_grad()
    def copy(item: tuple[str, Tensor, Tensor]) -> int:
        name, into, source = item
        into.copy_(source)
        if not all(math.isfinite(end) for end in torch.aminmax(into)):
            raise ConfigError("checkpoint_number", "weights", name, dtype=str(into.dtype)[6:])
        return into.numel()

    with closing(shared(copy, work, 1 if device.type == "cuda" else usable_cores())) as copied:
        for n_numbers in copied:
            done += n_numbers
            yield done / total


def checkpoint_bytes(model: GPT) -> bytes:
    """The model's weights as the contents of a .safetensors file that transformers reads: GPT-2's names,
    Conv1D's layout, a tied matrix once. Besides the bytes it takes a copy of the weights for as long as it
    works.

    transformers' GPT-2 always has biases, so that zeros are written where the model has none: it computes
    the same there, and comes back as a model with biases (`checkpoint_from_bytes` takes them off again).
    """
    weights = {name: turned(name, p.detach()).cpu().contiguous() for name, p in model.named_parameters()}
    for name, shape in tensor_shapes(replace(model.config, bias=True)).items():
        if name not in weights:
            weights[name] = torch.zeros(shape, dtype=model.wte.weight.dtype)
    return save(weights, {"format": "pt"})


def config_json(config: GPTConfig) -> dict[str, object]:
    """What stands in config.json beside `checkpoint_bytes`, for transformers' GPT2LMHeadModel."""
    return for_transformers(config, layer_norm_epsilon=LAYER_NORM_EPS, initializer_range=INIT_STD)


def save_checkpoint(model: GPT, path: str | os.PathLike[str]) -> None:
    """Writes model.safetensors and config.json into the folder `path`, which is made if need be, for
    `load_checkpoint` and transformers' GPT2LMHeadModel.from_pretrained(path)."""
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / WEIGHTS, checkpoint_bytes(model))
    _write(folder / CONFIG, (json.dumps(config_json(model.config), indent=2) + "\n").encode())


def _write(path: Path, data: bytes) -> None:
    """Under another name first: who dies while writing leaves no half of a file under this one."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(data)
    unfinished.replace(path)
