"""Files that are damaged, missing or of another kind are refused, and a pickle is never opened."""

from __future__ import annotations

import json
import pickle
import shutil
import struct
from pathlib import Path

import pytest
import torch
from checkpoints import SHAPE, refusal, saved

from gpt2core import ConfigError
from gpt2core.model import hub
from gpt2core.model.checkpoint import checkpoint_from_bytes
from gpt2core.runtime.settings import Settings

WTE = "transformer.wte.weight"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    saved(tmp_path / "tiny")
    return tmp_path / "tiny"


def header(text: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text + data


ENTRY = b'"a":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}'
TWICE = header(b"{" + ENTRY % (0, 4) + b"," + ENTRY % (4, 8) + b"}", bytes(8))
PARTS: list[object] = [
    None,
    {},
    [],
    {"a": 1},
    {"a": "../tiny/model.safetensors"},
    {"a": "/etc/passwd"},
    {"a": "x.bin"},
]


@pytest.mark.parametrize("bad", [b"", b"\x80\x04N.", b"\xff" * 99, header(b"{"), TWICE, "short"])
def test_a_damaged_file_is_refused(bad: bytes | str, folder: Path) -> None:
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] if isinstance(bad, str) else bad)
    assert refusal(folder).as_dict() == {
        "code": "checkpoint_damaged", "field": "weights", "value": '"model.safetensors"', "params": {},
    }  # fmt: skip
    with pytest.raises(ConfigError, match="checkpoint_damaged"):
        checkpoint_from_bytes(file.read_bytes(), SHAPE, "cpu")


@pytest.mark.parametrize("bad", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"3"])
@pytest.mark.parametrize("name", ["config.json", "model.safetensors.index.json"])
def test_damaged_json_is_refused(name: str, bad: bytes, folder: Path) -> None:
    (folder / name).write_bytes(bad)
    found = refusal(folder)
    assert (found.code, found.value) == ("checkpoint_damaged", f'"{name}"')


@pytest.mark.parametrize("parts", PARTS)
def test_an_index_leads_to_files_beside_it_alone(parts: object, folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}))
    assert refusal(folder).code == "checkpoint_damaged"


def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {WTE: "part-2.safetensors"}}))
    assert refusal(folder).params == {"file": "part-2.safetensors"}
    index.unlink()
    for name in ("config.json", "model.safetensors"):
        (folder / name).unlink()
        found = refusal(folder)
        assert (found.code, found.value, found.params) == ("checkpoint_no_file", '"tiny"', {"file": name})
    assert refusal(folder / "other").code == "checkpoint_unknown"
    assert refusal("gpt2-huge").params == {"allowed": "gpt2, gpt2-medium, gpt2-large, gpt2-xl"}


class Trap:
    """Makes a file where somebody unpickles it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._path,)


def test_nothing_is_unpickled(folder: Path, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = pickle.dumps(Trap(sprung))
    (folder / "model.safetensors").unlink()
    for name in ("pytorch_model.bin", "model.pt"):
        (folder / name).write_bytes(trap)
    found = refusal(folder)
    assert (found.code, found.value) == ("checkpoint_format", '"model.pt"')
    assert refusal(folder / "pytorch_model.bin").code == "checkpoint_format"
    shutil.copy(folder / "model.pt", folder / "model.safetensors")
    assert refusal(folder).code == "checkpoint_damaged"
    torch.save(Trap(sprung), folder / "model.safetensors")
    assert refusal(folder).code == "checkpoint_damaged"
    with pytest.raises(ConfigError):
        checkpoint_from_bytes(trap, SHAPE, "cpu")
    assert not sprung.exists()
    pickle.loads(trap)
    assert sprung.exists(), "the trap works"


def test_an_operator_turns_openais_weights_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SETTINGS", Settings(openai_weights="off"))
    assert refusal("gpt2").as_dict() == {
        "code": "checkpoint_off", "field": "weights", "value": '"gpt2"', "params": {},
    }  # fmt: skip
