"""OpenAI's four released GPT-2s: which shape each has, and which file on the Hugging Face Hub its weights.

Without torch, so that the page's server can say what is released.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gpt2core.config import PRESETS, GPTConfig
from gpt2core.errors import ConfigError
from gpt2core.model.download import FILE, download_in_steps
from gpt2core.runtime.settings import SETTINGS

log = logging.getLogger(__name__)
_PIECE_BYTES = 2**24  # that are hashed at a time: about 10 ms with SHA instructions, 40 without
_DOWNLOAD_SHARE = 0.8  # of the way to a verified file; the rest is its hash


@dataclass(frozen=True)
class Released:
    """One release: https://huggingface.co/{repository}/blob/{revision}/model.safetensors"""

    config: GPTConfig
    repository: str
    revision: str  # the commit
    sha256: str  # of model.safetensors
    n_bytes: int | None  # of the same; None where only the hash has been seen in writing


# As projects that pin the same files have written them down: each revision and each hash was found in
# several that know nothing of each other.
RELEASED: dict[str, Released] = {
    "gpt2": Released(
        PRESETS["gpt2"], "openai-community/gpt2", "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707", 548_105_171,
    ),
    "gpt2-medium": Released(
        PRESETS["gpt2-medium"], "openai-community/gpt2-medium", "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
        "fc5a354a19255ad494f3d71549390baca1ccf61d1d822b9408971705c687c9cd", 1_519_984_962,
    ),
    "gpt2-large": Released(
        PRESETS["gpt2-large"], "openai-community/gpt2-large", "32b71b12589c2f8d625668d2335a01cac3249519",
        "5f47f3e12f91cd33b662ce7e433b6150ad5512b5884a2cee961b50e9c3bbebce", None,
    ),
    "gpt2-xl": Released(
        PRESETS["gpt2-xl"], "openai-community/gpt2-xl", "15ea56dee5df4983c59b2538573817e1667135e2",
        "0f8b28eb05a8075f48b61b6f35332978c74fc7763fa9fb4051a1c30511736a6a", None,
    ),
}  # fmt: skip
# Files whose hash has been seen to be right, by path, size and time of change: hashing GPT-2 XL again for
# each load would take seconds.
_verified: set[tuple[str, Path, int, int]] = set()


def openai_checkpoint(config: GPTConfig) -> str | None:
    """The name of the release that has this very shape, None if there is none. A visitor's weights are
    chosen by shape: no name or path of theirs is ever opened."""
    return next((name for name, released in RELEASED.items() if released.config == config), None)


def offered() -> tuple[str, ...]:
    """The names of the releases that a visitor may have here."""
    return tuple(RELEASED) if SETTINGS.openai_weights == "on" else ()


def require_released(name: str) -> None:
    """Raises ConfigError('checkpoint_off') where the operator wants none of OpenAI's weights."""
    if not offered():
        raise ConfigError("checkpoint_off", "weights", name)


def own_folder(name: str) -> Path | None:
    """The operator's folder with the weights of a release, if there is one."""
    folder = Path(SETTINGS.weights_folder) / name
    return folder if SETTINGS.weights_folder and folder.is_dir() else None


def released_in_steps(name: str) -> Generator[float, None, Path]:
    """The file of a release, from huggingface_hub's cache or else from the Hub; yields how far that is, 0
    to 1. Closing the generator ends the work.

    Raises ConfigError: 'checkpoint_unreachable' where the Hub is, within seconds; 'checkpoint_hash' for a
    file that is not the one pinned.
    """
    pin = RELEASED[name]
    path = _cached(pin)
    if path is None:
        with closing(download_in_steps(name, pin.repository, pin.revision)) as download:
            while path is None:
                try:
                    yield _DOWNLOAD_SHARE * next(download)
                except StopIteration as done:
                    path = done.value
    with closing(_verify(name, path, pin)) as hashing:
        for share in hashing:
            yield _DOWNLOAD_SHARE + (1 - _DOWNLOAD_SHARE) * share
    return path


def _cached(pin: Released) -> Path | None:
    from huggingface_hub import try_to_load_from_cache  # half a second, which only this needs

    found = try_to_load_from_cache(pin.repository, FILE, revision=pin.revision)
    return Path(found) if isinstance(found, str) else None


def _verify(name: str, path: Path, pin: Released) -> Generator[float, None, None]:
    status = path.stat()
    if pin.n_bytes not in (None, status.st_size):
        raise _other_file(name, path, f"{status.st_size} B", f"{pin.n_bytes} B")
    mark = (pin.sha256, path.resolve(), status.st_size, status.st_mtime_ns)
    if mark in _verified:
        return
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            done += len(piece)
            yield done / status.st_size
    if digest.hexdigest() != pin.sha256:
        raise _other_file(name, path, f"SHA-256 {digest.hexdigest()[:16]}…", f"{pin.sha256[:16]}…")
    _verified.add(mark)


def _other_file(name: str, path: Path, found: str, expected: str) -> ConfigError:
    log.error("%s is not the file that was released as %s: %s, not %s", path, name, found, expected)
    return ConfigError("checkpoint_hash", "weights", name, found=found, expected=expected)
