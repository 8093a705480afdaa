"""Which files hold the weights of a checkpoint, and which shape its config.json says."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path

from gpt2core.config import GPTConfig
from gpt2core.errors import ConfigError
from gpt2core.model import hub
from gpt2core.model.gpt import LAYER_NORM_EPS
from gpt2core.model.transformers_config import from_transformers

WEIGHTS, INDEX, CONFIG = "model.safetensors", "model.safetensors.index.json", "config.json"
# What torch.load reads: a pickle, which may run any code.
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


@dataclass(frozen=True)
class CheckpointFiles:
    """`config` is what is known before the tensors are. Of a release it is all; otherwise they decide on
    biases, and may untie."""

    name: str  # for a report, without the folders above
    paths: tuple[Path, ...]
    config: GPTConfig
    released: bool = False


def find_in_steps(name_or_path: str | Path) -> Generator[float, None, CheckpointFiles]:
    """The files of a release (in the operator's folder, else on the Hub: see hub.py), of a folder, or of a
    .safetensors file with config.json beside it; yields how far a download is, 0 to 1.

    Raises ConfigError for what is none of these.
    """
    if isinstance(name_or_path, str) and name_or_path in hub.RELEASED:
        hub.require_released(name_or_path)
        folder = hub.own_folder(name_or_path)
        if folder is not None:
            return _as_released(name_or_path, local_files(folder))
        with closing(hub.released_in_steps(name_or_path)) as steps:
            path = yield from steps
        return CheckpointFiles(name_or_path, (path,), hub.RELEASED[name_or_path].config, True)
    path = Path(name_or_path)
    if not path.exists():
        raise ConfigError("checkpoint_unknown", "weights", path.name, allowed=", ".join(hub.RELEASED))
    return local_files(path)


def local_files(path: Path) -> CheckpointFiles:
    """As `find_in_steps`, of a folder or file that is there."""
    folder = path if path.is_dir() else path.parent
    if path.is_file():
        if path.suffix != ".safetensors":
            raise ConfigError("checkpoint_format", "weights", path.name)
        paths = [path]
    elif (folder / INDEX).exists():
        paths = _parts(folder)
    else:
        paths = [folder / WEIGHTS]
    if not all(each.is_file() for each in paths):
        pickles = sorted(each.name for each in folder.iterdir() if each.suffix in _PICKLES)
        if pickles:
            raise ConfigError("checkpoint_format", "weights", pickles[0])
        lacking = next(each.name for each in paths if not each.is_file())
        raise ConfigError("checkpoint_no_file", "weights", folder.name, file=lacking)
    return CheckpointFiles(path.name, tuple(paths), _config(folder))


def _parts(folder: Path) -> list[Path]:
    index = _json(folder / INDEX)
    parts = index.get("weight_map")
    if not isinstance(parts, dict) or not parts:
        raise ConfigError("checkpoint_damaged", "weights", INDEX)
    return [folder / name for name in sorted(set(_plain_names(parts.values())))]


def _plain_names(names: Iterable[object]) -> Iterable[str]:
    """Names of files in the very folder: an index must not lead out of it."""
    for name in names:
        if not isinstance(name, str) or Path(name).name != name or not name.endswith(".safetensors"):
            raise ConfigError("checkpoint_damaged", "weights", INDEX)
        yield name


def _config(folder: Path) -> GPTConfig:
    if not (folder / CONFIG).is_file():
        raise ConfigError("checkpoint_no_file", "weights", folder.name, file=CONFIG)
    return from_transformers(_json(folder / CONFIG), layer_norm_epsilon=LAYER_NORM_EPS)


def _json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):  # no JSON, or no UTF-8
        found = None
    if not isinstance(found, dict):
        raise ConfigError("checkpoint_damaged", "weights", path.name)
    return found


def _as_released(name: str, files: CheckpointFiles) -> CheckpointFiles:
    """What the operator's folder has under the name of a release must be of its shape."""
    wanted = hub.RELEASED[name].config
    for field in fields(GPTConfig):
        found, expected = getattr(files.config, field.name), getattr(wanted, field.name)
        if found != expected:
            allowed = json.dumps(expected)
            raise ConfigError("checkpoint_config", "weights", found, setting=field.name, allowed=allowed)
    return replace(files, released=True)
